import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_AUDIT_COUNTS } from '../../src/clip/audit/report.ts';
import { formatFindings } from '../../src/doctor/finding.ts';
import type { Status } from '../../src/status/read-status.ts';
import { formatScreen } from '../../src/status/screen.ts';
import { listCommand } from '../../src/status/list-command.ts';
import { AUDITS_QUERY } from '../../src/temporal/clip-queries.ts';

/** A channel name that clears the screen, adds a forged line and reverses the text direction. */
const HOSTILE = 'x\u001b[2J\nok   Discord  all is well\u202e';
// oxlint-disable-next-line no-control-regex -- the test is about these characters
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const EMPTY: Status = {
  nowMs: 0,
  clips: { archiving: 0, live: 0, unreachable: 0 },
  endedRuns: { deleted: 0, stopped: 0 },
  deadLinks: 0,
  linksWithoutExpiry: 0,
  late: null,
  expiring: [],
  backfills: [],
  backfillCount: 0,
  audits: [],
  auditCount: 0,
  pending: [],
  failed: [],
  allFailed: { count: 0, query: "ExecutionStatus = 'Failed'" },
};

describe('names of channels that contain control characters', () => {
  test('the status shows such a name on one line, without the control characters', () => {
    const lines = formatScreen({
      ...EMPTY,
      backfills: [{ workflowId: HOSTILE, progress: HOSTILE }],
      pending: [{ activity: 'refetch', reason: HOSTILE, workflows: 1, example: HOSTILE }],
      failed: [{ workflowId: HOSTILE, type: HOSTILE, at: new Date(0), reason: HOSTILE }],
    });
    assert.doesNotMatch(lines, UNSAFE);
    assert.equal(lines.split('\n').length, formatScreen(EMPTY).split('\n').length);
    assert.match(lines, /Faults {6}refetch in x \[2J ok {3}Discord {2}all is well : x \[2J ok/);
  });

  test('the doctor shows such a name on one line, without the control characters', () => {
    const says = `hidden from the bot: #${HOSTILE}`;
    const lines = formatFindings([{ check: 'channels', state: 'warning', says }]);
    assert.doesNotMatch(lines, UNSAFE);
    assert.equal(
      lines,
      'warn   channels  hidden from the bot: #x [2J ok   Discord  all is well\n\nEverclip can run.',
    );
  });

  test('an address in a message stays as it is, so that people can copy it', () => {
    const says = 'open https://e.example/?a=[1]&b=<2>';
    assert.match(
      formatFindings([{ check: 'x', state: 'ok', says }]),
      /open https:\/\/e\.example\/\?a=\[1\]&b=<2>/,
    );
  });
});

describe('lists that are longer than the screen shows', () => {
  const failed = [{ workflowId: 'b', type: 'backfill', at: new Date(0), reason: 'no channel' }];
  const query = "ExecutionStatus = 'Failed'";

  test('if more workflows failed than the screen lists, it says how many more and how to list all', () => {
    const screen = formatScreen({ ...EMPTY, failed, allFailed: { count: 8, query } });
    assert.match(
      screen,
      /^Failed .*no channel\n +and 7 more; to list all: temporal workflow list --query "ExecutionStatus = 'Failed'"$/m,
    );
    const complete = formatScreen({ ...EMPTY, failed, allFailed: { count: 1, query } });
    assert.doesNotMatch(complete, / more;/);
  });

  test('the line of a backfill of more than one channel says how many channels and threads are read', () => {
    const progress = {
      pages: 7,
      messages: 650,
      clips: 20,
      started: 19,
      known: 1,
      reached: '2024-01-01T00:00:00Z',
      places: { found: 40, done: 12, known: 2, failed: 1, unreadable: 3, reasons: [] },
    };
    const line = (places: typeof progress.places) =>
      formatScreen({
        ...EMPTY,
        backfills: [{ workflowId: 'backfill-all', progress: { ...progress, places } }],
        backfillCount: 1,
      });
    assert.match(
      line(progress.places),
      /^Backfills +backfill-all: 12 of 40 channels and threads \(2 read by another backfill, 1 failed, 3 not readable\), 7 pages, 650 messages, 20 clips \(19 started, 1 known\), back to 2024-01-01T00:00:00Z$/m,
    );
    const untroubled = { ...progress.places, known: 0, failed: 0, unreadable: 0 };
    assert.match(line(untroubled), /backfill-all: 12 of 40 channels and threads, 7 pages/);
    const search = { pages: 1, clips: 5, started: 4 };
    const searched = { workflowId: 'backfill-1', progress: { ...progress, search } };
    assert.match(
      formatScreen({ ...EMPTY, backfills: [searched], backfillCount: 1 }),
      /20 clips \(19 started, 1 known, 4 started by a search in advance\)/,
    );
  });

  test('if more backfills run than the screen lists, it says how many more and how to list all', () => {
    const backfills = [{ workflowId: 'backfill-1', progress: 'no worker' }];
    const screen = formatScreen({ ...EMPTY, backfills, backfillCount: 3 });
    assert.match(screen, /^ +and 2 more; to list all: .*WorkflowType = 'backfill'/m);
  });
});

const UNREADABLE = { channelId: '1', channelName: 'staff', reason: 'no access' };

describe('audits', () => {
  const counts = {
    ...NO_AUDIT_COUNTS,
    messages: 250,
    clips: 40,
    known: 37,
    started: 2,
  };
  const faults = { stopped: 1, ended: 3, repaired: { records: 4, thumbnails: 5 }, unrepaired: 6 };

  test('if no audit has written a report, the screen says so', () => {
    assert.match(formatScreen(EMPTY), /^Audits +no audit has written a report yet$/m);
  });

  test('audits that run are listed with their counts, before the reports', () => {
    const audits = [
      {
        workflowId: 'audit-all',
        progress: { ...counts, ...faults, channels: 12, unreadable: [UNREADABLE] },
      },
      { workflowId: 'audit-1', progress: counts },
      { workflowId: 'audit-2', progress: 'no worker answers: start a worker' },
    ];
    const screen = formatScreen(
      { ...EMPTY, audits, auditCount: 5 },
      { reports: ['channels audited: 7'] },
    );
    const [, lines = ''] = /^Audits([\s\S]*)^Faults/m.exec(screen) ?? [];
    const list = listCommand(AUDITS_QUERY);
    assert.deepEqual(lines.trim().split(/\n +/), [
      'audit-all is running: 12 channels and threads audited (1 not readable), 250 messages, 40 clips (2 started, 37 known, 1 stopped), 3 deleted clips ended, 4 records repaired, 5 thumbnails repaired, 6 faults remain',
      'audit-1 is running: 250 messages, 40 clips (2 started, 37 known)',
      'audit-2: no worker answers: start a worker',
      `and 2 more; to list all: ${list}`,
      'channels audited: 7',
    ]);
  });

  test('while the first audit runs, the screen says that there is no report yet', () => {
    const audits = [{ workflowId: 'audit-1', progress: counts }];
    const screen = formatScreen({ ...EMPTY, audits, auditCount: 1 });
    assert.match(screen, /^Audits +audit-1 is running: .*\n +no audit has written a report yet$/m);
  });
});

describe('the printed commands', () => {
  const screenOf = (address: string, namespace: string) =>
    formatScreen({ ...EMPTY, linksWithoutExpiry: 1 }, { temporal: { address, namespace } });

  test('if Temporal is at another address or namespace, each command names them', () => {
    const screen = screenOf('temporal:7233', 'clips');
    const options = '--address temporal:7233 --namespace clips --query "';
    for (const before of ['dead links: ', 'list them: ']) {
      assert.ok(screen.includes(`${before}temporal workflow list ${options}`), screen);
    }
  });

  test('if Temporal is where its CLI looks by default, the commands name no address', () => {
    for (const address of ['127.0.0.1:7233', 'localhost:7233']) {
      assert.doesNotMatch(screenOf(address, 'default'), /--address|--namespace/);
    }
  });
});

test('the screen shows the library and the catalog below the links', () => {
  const library = { server: 'answers at 127.0.0.1:8240', catalog: 'the catalog has 2 clips' };
  assert.match(
    formatScreen(EMPTY, { library }),
    /^Links [^]*\nLibrary {5}answers at 127\.0\.0\.1:8240\nCatalog {5}the catalog has 2 clips\n\nBackfills/m,
  );
});
