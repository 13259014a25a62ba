import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createOutageLog } from '../../src/ingest/gateway/outage-log.ts';

function stage() {
  let nowMs = 1_709_287_200_000;
  const lines: string[] = [];
  const debugged: string[] = [];
  const outage = createOutageLog(
    {
      warn: (facts: object, text: string) => void lines.push(`${text} ${JSON.stringify(facts)}`),
      info: (facts: object, text: string) => void lines.push(`${text} ${JSON.stringify(facts)}`),
      debug: (_: object, text: string) => void debugged.push(text),
    } as never,
    () => nowMs,
  );
  return { outage, lines, debugged, pass: (ms: number) => (nowMs += ms) };
}

describe('the log of a gateway outage', () => {
  test('if discord.js reconnects twice a second for an hour, the log has eleven lines', () => {
    const { outage, lines, debugged, pass } = stage();
    for (let n = 0; n < 7200; n++) {
      outage.fault({ shard: 0 }, 'gateway connection lost; reconnecting');
      pass(500);
    }
    // The lines are written after 0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430 and 3030 s.
    assert.equal(lines.length, 11);
    assert.equal(debugged.length, 7200 - 11);
    assert.match(lines[0] ?? '', /^gateway connection lost; reconnecting \{"shard":0\}$/);
    assert.match(lines[1] ?? '', /"faults":21/);
  });

  test('when a gateway outage ends, one log line tells how long it was', () => {
    const { outage, lines, pass } = stage();
    outage.over();
    assert.deepEqual(lines, [], 'no outage, no line');
    outage.fault({ shard: 0 }, 'gateway connection lost; reconnecting');
    pass(42_000);
    outage.over();
    outage.over();
    assert.deepEqual(lines.slice(1), ['gateway connection is back after 42 s {"faults":1}']);
  });

  test('if the connection comes back and breaks again at once, the log treats both breaks as one outage', () => {
    const { outage, lines, pass } = stage();
    for (let n = 0; n < 600; n++) {
      outage.fault({}, 'gateway connection lost; reconnecting');
      pass(1000);
      outage.over();
      pass(5000);
    }
    const lost = lines.filter((line) => line.startsWith('gateway connection lost'));
    // The lines of this hour are written after 0, 12, 36, 78, 162, 324, 648, 1248, 1848, 2448 and 3048 s.
    assert.equal(lost.length, 11, lines.join('\n'));
    assert.equal(
      lines.length,
      2 * lost.length,
      'each lost connection that is told is told to be back',
    );
  });

  test('if an outage is over, the next outage is logged at once', () => {
    const { outage, lines, pass } = stage();
    for (let n = 0; n < 100; n++) {
      outage.fault({}, 'gateway error');
      pass(1000);
    }
    outage.over();
    pass(60_000);
    const before = lines.length;
    outage.fault({}, 'gateway error');
    assert.equal(lines.length, before + 1);
  });
});
