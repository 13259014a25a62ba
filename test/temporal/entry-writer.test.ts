import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogEntry } from '@temporalio/worker';
import { accessLost, serviceFailed } from '../../src/errors.ts';
import { createEntryWriter } from '../../src/temporal/runtime.ts';

/** Stages a writer of the SDK's log entries, and records its lines by level. */
function stage() {
  const lines: string[] = [];
  const at = (level: string) => (fields: object, text: string) =>
    void lines.push(`${level} ${text} ${JSON.stringify(fields)}`);
  const log = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
  const write = createEntryWriter(log as never);
  const entry = (level: LogEntry['level'], message: string, meta: object = {}) =>
    write({ level, message, timestampNanos: 0n, meta });
  const levels = () => lines.splice(0).map((line) => line.split(' ', 1)[0]);
  return { entry, lines, levels };
}

const failed = (n: number, error: Error, activityType = 'refetch') => ({
  sdkComponent: 'worker',
  workflowId: `clip-${n}-${n}`,
  activityType,
  attempt: 1,
  error,
});
const down = (n: number) =>
  serviceFailed('Discord returned a server error', {
    route: `GET /channels/1/messages/${n}`,
    status: 503,
  });

describe('log lines of the SDK', () => {
  test('if the same outage affects a thousand clips, the log has one warning for each activity type', () => {
    const { entry, lines, levels } = stage();
    for (let n = 0; n < 1000; n++) entry('WARN', 'Activity failed', failed(n, down(n)));
    entry('WARN', 'Activity failed', failed(0, down(0), 'archiveHistoryPage'));
    assert.match(
      lines[0] ?? '',
      /^warn Activity failed .*clip-0-0.*Discord returned a server error/,
    );
    const warnings = levels().filter((level) => level === 'warn');
    assert.equal(warnings.length, 2);
  });

  test('while Temporal does not answer, a thousand SDK warnings of the same kind about workflow tasks become one warning', () => {
    const { entry, lines, levels } = stage();
    const error = 'Status { code: DeadlineExceeded, message: "Timeout expired" }';
    const meta = (n: number) => ({ sdkComponent: 'core', run_id: `0d${n}-ab`, error });
    for (let n = 0; n < 1000; n++)
      entry('WARN', 'Error while completing workflow activation', meta(n));
    assert.match(lines[0] ?? '', /"reason":"Status \{ code: DeadlineExceeded/);
    for (let n = 0; n < 1000; n++) entry('WARN', 'Failing workflow task', { sdkComponent: 'core' });
    assert.equal(levels().filter((level) => level === 'warn').length, 2);
  });

  test('if the media server is down, the log has one warning, even if each failure names another file', () => {
    const { entry, levels } = stage();
    for (let n = 0; n < 1000; n++) {
      const route = `GET /attachments/${n}/${n}/${'abcdefghij'[n % 10]}.mp4`;
      const error = serviceFailed('the media server did not send the file', { route, status: 503 });
      entry('WARN', 'Activity failed', failed(n, error, 'thumbnail'));
    }
    assert.equal(levels().filter((level) => level === 'warn').length, 1);
  });

  test('if three activities fail for three different reasons, the log has three warnings at once', () => {
    const { entry, levels } = stage();
    entry('WARN', 'Activity failed', failed(1, down(1)));
    entry('WARN', 'Activity failed', failed(2, new Error('the bucket is full')));
    entry('WARN', 'Activity failed', failed(3, accessLost({ route: 'GET /channels/1' })));
    assert.deepEqual(levels(), ['warn', 'warn', 'warn']);
  });

  test('log lines of activities keep their level, but routine lines of the SDK about itself become debug lines', () => {
    const { entry, levels } = stage();
    entry('INFO', 'fresh link for COMET.mp4', { sdkComponent: 'activity' });
    entry('INFO', 'fresh link for COMET.mp4', { sdkComponent: 'activity' });
    entry('INFO', 'Worker state changed', { sdkComponent: 'worker' });
    entry('WARN', 'No workflows registered, not polling for workflow tasks');
    entry('ERROR', 'Failed to poll', { sdkComponent: 'worker' });
    assert.deepEqual(levels(), ['info', 'info', 'debug', 'debug', 'error']);
  });
});
