import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Ending,
  hasStartFailed,
  isProgress,
  isSuspect,
  NO_HISTORY,
  pauseDoublings,
  remember,
} from '../../../src/catalog/pglite/restart-policy.ts';

function ended(kind: Ending['kind'], changes: Partial<Ending> = {}): Ending {
  const { wasOpening = false, wasReady = false, wasKilledByOthers = false } = changes;
  return {
    ...{ kind, reason: 'a reason', livedMs: 900 },
    ...{ wasOpening, wasReady, wasKilledByOthers },
  };
}

const CRASH = ended('died', { wasOpening: true });
const historyAfter = (...endings: Ending[]) => endings.reduce(remember, NO_HISTORY);

test('two crashes while the database opens make the folder suspect', () => {
  assert.equal(isSuspect(historyAfter(CRASH)), false);
  assert.equal(isSuspect(historyAfter(CRASH, CRASH)), true);
});

test('kills from outside, named failures, and deaths before the database is opened never make the folder suspect', () => {
  for (const ending of [
    ended('died', { wasOpening: true, wasKilledByOthers: true }),
    ended('failed', { wasOpening: true }),
    ended('died'),
    ended('died', { wasOpening: true, wasReady: true }),
  ]) {
    const history = historyAfter(...Array.from({ length: 9 }, () => ending));
    assert.equal(isSuspect(history), false, JSON.stringify(ending));
  }
});

test('the start fails at the third early death, or at once if another process owns the folder', () => {
  assert.equal(hasStartFailed(historyAfter(CRASH, CRASH), CRASH), false);
  assert.equal(hasStartFailed(historyAfter(CRASH, CRASH, CRASH), CRASH), true);
  const taken = ended('taken');
  assert.equal(hasStartFailed(historyAfter(taken), taken), true);
  const ready = ended('died', { wasReady: true });
  assert.equal(hasStartFailed(historyAfter(ready, taken), taken), false, 'it was open before');
});

test('if a folder is moved aside after two deaths, the start goes on at once as if nothing had died', () => {
  const moved = ended('moved', { wasOpening: true });
  assert.equal(isProgress(historyAfter(CRASH, CRASH), moved), true);
  const history = historyAfter(CRASH, CRASH, moved);
  assert.deepEqual([history.earlyDeaths, isSuspect(history)], [0, false]);
  assert.equal(hasStartFailed(history, moved), false);
});

test('if new folders break too, the pauses grow and the start fails', () => {
  const round = [ended('moved', { wasOpening: true }), ended('created')];
  const [moved] = round as [Ending];
  assert.equal(isProgress(historyAfter(...round), moved), false);
  const history = historyAfter(...round, moved, moved, moved);
  assert.equal(hasStartFailed(history, moved), true);
  assert.equal(pauseDoublings(history), 2);
  const ready = ended('moved', { wasReady: true });
  assert.equal(isProgress(history, ready), true, 'the new database was open in between');
});

test('a pause doubles with each early death, and a long life starts over', () => {
  const doublings = [1, 2, 3, 20].map((deaths) =>
    pauseDoublings(historyAfter(...Array.from({ length: deaths }, () => CRASH))),
  );
  assert.deepEqual(doublings, [0, 1, 2, 6]);
  assert.equal(pauseDoublings(historyAfter(CRASH, CRASH, { ...CRASH, livedMs: 60_000 })), 0);
});
