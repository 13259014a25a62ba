import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClipExecution } from '../../../src/activities/audit/clip-executions.ts';
import type { AuditPageResult } from '../../../src/activities/audit/audit-page.ts';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { clipId, recordKey, type Clip } from '../../../src/clip/clip.ts';
import { forgottenKey } from '../../../src/clip/forget/people.ts';
import { NO_AUDIT_COUNTS } from '../../../src/clip/audit/report.ts';
import { clipsOfMessage } from '../../../src/clip/message.ts';
import { recordOf } from '../../../src/clip/record.ts';
import type { ClipState } from '../../../src/clip/state.ts';
import { invalidInput, serviceFailed } from '../../../src/errors.ts';
import { aMessage, anAttachment, PLACE, RULES } from '../../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../../support/fake-ports.ts';
import { anEnvironment, attempt } from '../run-activity.ts';

const { channelId } = PLACE;
const BEFORE = '1295276128952600000';
const FIRST = 1_295_276_128_952_516_000n;

interface Stage {
  ports: FakePorts;
  auditPage: ReturnType<typeof createActivities>['auditPage'];
  checkRepairs: ReturnType<typeof createActivities>['checkRepairs'];
  /** Posts the n-th message with a clip, whose record and pictures are in the bucket and whose workflow runs. */
  archive: (n: number, more?: Partial<ClipState> & Partial<ClipExecution>) => Clip;
}

function stage(): Stage {
  const ports = createFakePorts();
  ports.discord.addChannel(PLACE);
  const { auditPage, checkRepairs } = createActivities(ports);

  function archive(n: number, more: Partial<ClipState> & { status?: never } = {}): Clip {
    const id = (FIRST + BigInt(n)).toString();
    const message = aMessage({ id, attachments: [anAttachment({ id: `${id}1` })] });
    ports.discord.post(message);
    const [clip] = clipsOfMessage(message, PLACE, RULES);
    assert.ok(clip);
    writeRecord(ports, clip, more);
    ports.clipStates.set(clipId(clip), { status: 'running' });
    return clip;
  }

  return { ports, auditPage, checkRepairs, archive: archive as Stage['archive'] };
}

/** Writes the record and the pictures of a clip into the bucket. */
function writeRecord(ports: FakePorts, clip: Clip, more: Partial<ClipState> = {}): void {
  const pictures = {
    thumbnail: `thumb/${clipId(clip)}.webp`,
    posterImage: `poster/${clipId(clip)}.jpg`,
  };
  const state: ClipState = { clip, status: 'live', revision: 3, ...pictures, ...more };
  ports.bucket.put(recordKey(clip), recordOf(state, 1));
  for (const key of [state.thumbnail, state.posterImage]) if (key) ports.bucket.put(key, 'x');
}

const audit = ({ auditPage }: Stage): Promise<AuditPageResult> =>
  attempt(auditPage, { channelId, before: BEFORE });

/** The counts of a page that are not 0. */
function countsOf({ counts }: AuditPageResult): Record<string, unknown> {
  const isCounted = ([name, count]: [string, unknown]) => name !== 'repaired' && count !== 0;
  return Object.fromEntries(Object.entries(counts).filter(isCounted));
}

describe('the audit of a page', () => {
  test('if every clip has its record, pictures and workflow, the page is clean and nothing is written or told', async () => {
    const at = stage();
    for (let n = 0; n < 20; n++) at.archive(n);
    at.ports.discord.post(aMessage({ id: (FIRST + 50n).toString(), attachments: [] }));
    const page = await audit(at);
    assert.deepEqual(countsOf(page), { messages: 21, clips: 20, known: 20 });
    assert.deepEqual([page.open, page.problems], [[], []]);
    assert.deepEqual(page.oldest, FIRST.toString());
    assert.deepEqual([at.ports.told, at.ports.starts, at.ports.bucket.writes], [[], [], []]);
  });

  test('the workflow of a missing or damaged record is told to write it, and of a missing picture to make it', async () => {
    const at = stage();
    const [removed, damaged, thumb, poster] = [1, 2, 3, 4].map((n) => at.archive(n));
    at.ports.bucket.remove(recordKey(removed!));
    at.ports.bucket.put(recordKey(damaged!), '{');
    at.ports.bucket.remove(`thumb/${clipId(thumb!)}.webp`);
    at.ports.bucket.remove(`poster/${clipId(poster!)}.jpg`);
    const page = await audit(at);
    assert.deepEqual(at.ports.told.sort(), [
      `repair ${clipId(removed!)}`,
      `repair ${clipId(damaged!)}`,
      `repair ${clipId(thumb!)} with pictures`,
      `repair ${clipId(poster!)} with pictures`,
    ]);
    assert.deepEqual(page.open.map(({ fault }) => fault).sort(), [
      'record',
      'record',
      'thumbnail',
      'thumbnail',
    ]);
    assert.deepEqual(countsOf(page), { messages: 4, clips: 4, known: 4 });
  });

  test('a clip without a workflow is started, whether Temporal never knew it or it was terminated', async () => {
    const at = stage();
    const unknown = at.archive(1);
    const failed = at.archive(2);
    at.ports.clipStates.delete(clipId(unknown));
    at.ports.clipStates.set(clipId(failed), { status: 'failed' });
    at.ports.bucket.remove(recordKey(failed));
    const page = await audit(at);
    assert.deepEqual(countsOf(page), { messages: 2, clips: 2, started: 2 });
    assert.deepEqual(at.ports.sources, ['audit', 'audit']);
    const open = page.open.map(({ clip, fault }) => `${clip} ${fault}`);
    assert.deepEqual(open.sort(), [`${clipId(unknown)} new`, `${clipId(failed)} new`]);
    assert.deepEqual(at.ports.told, []);
  });

  test('a clip of a forgotten person is neither started nor counted, and not asked about', async () => {
    const at = stage();
    const forgotten = at.archive(1);
    at.ports.clipStates.delete(clipId(forgotten));
    at.ports.bucket.remove(recordKey(forgotten));
    at.ports.bucket.put(forgottenKey(forgotten.poster.id), '{}');
    const page = await audit(at);
    assert.deepEqual(countsOf(page), { messages: 1 });
    assert.deepEqual([page.open, page.problems, at.ports.starts, at.ports.told], [[], [], [], []]);
  });

  test('a clip that has just started is looked at again, instead of being told to write its record', async () => {
    const at = stage();
    const clip = at.archive(1);
    at.ports.bucket.remove(recordKey(clip));
    at.ports.clipStates.set(clipId(clip), { status: 'running', isNew: true });
    const page = await audit(at);
    assert.deepEqual(page.open, [{ clip: clipId(clip), fault: 'new' }]);
    assert.deepEqual([countsOf(page), at.ports.told], [{ messages: 1, clips: 1, known: 1 }, []]);
  });

  test('a stopped clip stays stopped, and the lost record of an ended clip is only reported', async () => {
    const at = stage();
    const stopped = at.archive(1, { status: 'stopped' } as never);
    const lost = at.archive(2);
    const wrong = at.archive(3, { status: 'deleted' } as never);
    at.ports.clipStates.set(clipId(stopped), { status: 'none' });
    at.ports.clipStates.set(clipId(lost), { status: 'stopped' });
    at.ports.bucket.put(recordKey(lost), 'rubbish');
    const page = await audit(at);
    assert.deepEqual(countsOf(page), {
      messages: 3,
      clips: 3,
      known: 1,
      stopped: 2,
      unrepaired: 2,
    });
    const problems = page.problems.sort((a, b) => (a.clip < b.clip ? -1 : 1));
    assert.deepEqual(problems, [
      { clip: clipId(lost), problem: 'lost' },
      { clip: clipId(wrong), problem: 'deleted' },
    ]);
    assert.deepEqual([at.ports.starts, at.ports.told, at.ports.bucket.writes], [[], [], []]);
  });

  test('a clip with a damaged record that Temporal does not know is lost and stays as it is, because it may have been stopped', async () => {
    const at = stage();
    const [shown, hidden] = [1, 2].map((n) => at.archive(n));
    for (const clip of [shown!, hidden!]) {
      at.ports.clipStates.delete(clipId(clip));
      at.ports.bucket.put(recordKey(clip), '{"Status":"stopped"');
    }
    at.ports.discord.remove({ channel_id: channelId, id: hidden!.messageId });
    const page = await audit(at);
    assert.deepEqual(page.problems, [
      { clip: clipId(shown!), problem: 'lost' },
      { clip: clipId(hidden!), problem: 'lost' },
    ]);
    assert.deepEqual(countsOf(page), { messages: 1, clips: 1, known: 1, unrepaired: 2 });
    assert.deepEqual([at.ports.starts, at.ports.told, at.ports.bucket.writes], [[], [], []]);
  });

  test('a purged clip stays purged, whatever its workflow does and whether its message exists, although its record has only ids', async () => {
    const at = stage();
    const statuses = ['none', 'running', 'failed', 'stopped', 'deleted'] as const;
    const clips = [...statuses, ...statuses].map((status, n) => {
      const clip = at.archive(n);
      at.ports.clipStates.set(clipId(clip), { status });
      at.ports.bucket.put(recordKey(clip), { Id: clipId(clip), channelId, Status: 'purged' });
      return clip;
    });
    for (const { messageId } of clips.slice(statuses.length))
      at.ports.discord.remove({ channel_id: channelId, id: messageId });
    const page = await audit(at);
    assert.deepEqual(countsOf(page), { messages: 5, clips: 5, known: 5 });
    const { starts, told, bucket } = at.ports;
    assert.deepEqual([page.open, page.problems, starts, told, bucket.writes], [[], [], [], [], []]);
  });

  test('a running clip whose message is not in the history is asked to check, and nothing else is concluded', async () => {
    const at = stage();
    at.archive(1);
    const gone = at.archive(2);
    const ended = at.archive(3, { status: 'deleted' } as never);
    at.archive(4);
    for (const clip of [gone, ended])
      at.ports.discord.remove({ channel_id: channelId, id: clip.messageId });
    const page = await audit(at);
    assert.deepEqual(at.ports.told, [`check ${clipId(gone)}`]);
    assert.deepEqual(page.open, [{ clip: clipId(gone), fault: 'gone' }]);
    assert.deepEqual(countsOf(page), { messages: 2, clips: 2, known: 2 });
    assert.deepEqual([page.problems, at.ports.starts, at.ports.bucket.writes], [[], [], []]);
  });

  test('a clip without a workflow whose message is not in the history starts from its record and is asked to check', async () => {
    const at = stage();
    const [unknown, failed] = [1, 2].map((n) => at.archive(n));
    const [stopped, deleted] = [3, 4].map((n) => at.archive(n));
    const { clipStates, bucket, discord } = at.ports;
    clipStates.delete(clipId(unknown!));
    clipStates.set(clipId(failed!), { status: 'failed' });
    clipStates.set(clipId(stopped!), { status: 'stopped' });
    clipStates.set(clipId(deleted!), { status: 'deleted' });
    bucket.remove(`thumb/${clipId(failed!)}.webp`);
    for (const clip of [unknown, failed, stopped, deleted])
      discord.remove({ channel_id: channelId, id: clip!.messageId });
    const page = await audit(at);
    assert.deepEqual(at.ports.fromRecords.map(clipId).sort(), [clipId(unknown!), clipId(failed!)]);
    assert.deepEqual(at.ports.sources, ['audit', 'audit']);
    assert.deepEqual(at.ports.told.sort(), [
      `check ${clipId(unknown!)}`,
      `check ${clipId(failed!)}`,
    ]);
    const open = page.open.map(({ clip, fault }) => `${clip} ${fault}`);
    assert.deepEqual(open.sort(), [`${clipId(unknown!)} gone`, `${clipId(failed!)} gone`]);
    const problems = page.problems.map(({ clip, problem }) => `${clip} ${problem}`);
    assert.deepEqual(problems.sort(), [`${clipId(stopped!)} lost`, `${clipId(deleted!)} lost`]);
    assert.deepEqual(bucket.writes, []);
  });

  test('if such a record is malformed, or Temporal refuses the clip, the fault remains and the other clips are checked', async () => {
    const at = stage();
    const [refused, malformed, other] = [1, 2, 3].map((n) => at.archive(n));
    for (const clip of [refused, malformed, other]) {
      at.ports.clipStates.delete(clipId(clip!));
      at.ports.discord.remove({ channel_id: channelId, id: clip!.messageId });
    }
    const state: ClipState = { clip: malformed!, status: 'live', revision: 3 };
    at.ports.bucket.put(recordKey(malformed!), { ...recordOf(state, 1), Poster_Id: 'nobody' });
    const { startClip } = at.ports;
    at.ports.startClip = async (clip, ...more) => {
      if (clipId(clip) === clipId(refused!)) throw invalidInput('Temporal refuses the clip');
      return await startClip(clip, ...more);
    };
    const page = await audit(at);
    const problems = page.problems.map(({ clip, problem }) => `${clip} ${problem}`);
    assert.deepEqual(problems.sort(), [
      `${clipId(refused!)} refused`,
      `${clipId(malformed!)} orphaned`,
    ]);
    assert.deepEqual(page.open, [{ clip: clipId(other!), fault: 'gone' }]);
  });

  test('a clip that no message shows counts on the page with its id range, and below the oldest message on the last page', async () => {
    const at = stage();
    const old = at.archive(1);
    at.archive(9);
    at.ports.discord.remove({ channel_id: channelId, id: old.messageId });
    const first = await audit(at);
    assert.deepEqual(first.open, []);
    const input = { channelId, before: first.oldest ?? '' };
    const last = await attempt(at.auditPage, input);
    assert.equal(last.oldest, null);
    assert.deepEqual(last.open, [{ clip: clipId(old), fault: 'gone' }]);
  });

  test('if very many clips are on no message, a call asks the newest 200, and the next call goes on with the same page', async () => {
    const at = stage();
    const clips = Array.from({ length: 250 }, (_, n) => at.archive(n));
    const ended = clips.slice(-20);
    for (const clip of ended) writeRecord(at.ports, clip, { status: 'deleted' });
    for (const clip of clips.slice(1))
      at.ports.discord.remove({ channel_id: channelId, id: clip.messageId });
    const first = await attempt(at.auditPage, { channelId, before: BEFORE });
    assert.deepEqual(countsOf(first), { messages: 1, clips: 1, known: 1 });
    assert.equal(first.hidden?.from, first.oldest);
    const asked = first.open.map(({ clip }) => clip);
    assert.ok(asked.length >= 200 && asked.length < 210, `${asked.length} clips were asked`);
    assert.ok(asked.includes(clipId(clips[229]!)) && !asked.includes(clipId(clips[1]!)));
    const second = await attempt(at.auditPage, { channelId, before: BEFORE, hidden: first.hidden });
    assert.deepEqual([second.counts, second.hidden], [NO_AUDIT_COUNTS, null]);
    assert.equal(second.oldest, first.oldest);
    const all = [...first.open, ...second.open].map(({ clip }) => clip);
    assert.deepEqual(all.sort(), clips.slice(1, -20).map(clipId).sort());
  });

  test('an attachment that is not a clip any more, because a setting changed, does not count as gone', async () => {
    const at = stage();
    const clip = at.archive(1);
    at.ports.settings.clipRules = { ...RULES, types: ['webm'] };
    const page = await audit(at);
    assert.deepEqual(countsOf(page), { messages: 1 });
    assert.deepEqual([page.open, at.ports.told], [[], []], clipId(clip));
  });

  test('a clip that Temporal refuses and messages that cannot be read remain as faults', async () => {
    const at = stage();
    const refused = at.archive(1);
    at.ports.clipStates.delete(clipId(refused));
    at.ports.beforeStart.add(invalidInput('Temporal refuses the clip'));
    const malformed = aMessage({ id: (FIRST + 2n).toString() });
    at.ports.discord.post({ ...malformed, author: null as never });
    const fetchHistory = at.ports.discord.fetchHistory.bind(at.ports.discord);
    at.ports.discord.fetchHistory = async (id, page) => {
      page.onDropped?.(3);
      return await fetchHistory(id, page);
    };
    const page = await audit(at);
    assert.deepEqual(countsOf(page), { messages: 2, unrepaired: 5 });
    assert.deepEqual(page.problems, [
      { clip: malformed.id, problem: 'unreadable' },
      { clip: clipId(refused), problem: 'refused' },
    ]);
  });

  test('an empty page ends the history only if the bot may still read it', async () => {
    const at = stage();
    at.ports.discord.before.readableChannel.add(() => undefined, invalidInput('no permission'));
    await assert.rejects(audit(at), /no permission/);
  });

  test('an empty page does not end the history while the channel has an older message, and the next attempt reads on', async () => {
    const at = stage();
    at.archive(1);
    const { discord } = at.ports;
    const fetchHistory = discord.fetchHistory.bind(discord);
    discord.fetchHistory = async (id, page) =>
      page.before === undefined ? await fetchHistory(id, page) : [];
    await assert.rejects(audit(at), /empty page of history although older messages exist/);
    assert.deepEqual(at.ports.told, []);
    discord.fetchHistory = fetchHistory;
    assert.equal((await audit(at)).counts.messages, 1);
    const last = await attempt(at.auditPage, { channelId, before: FIRST.toString() });
    assert.equal(last.oldest, null);
  });

  test('if the bucket fails in the middle of a page, the next attempt goes on, and counts and tells each clip once', async () => {
    const at = stage();
    const clips = Array.from({ length: 12 }, (_, n) => at.archive(n));
    for (const clip of clips) at.ports.bucket.remove(recordKey(clip));
    at.ports.bucket.beforeRead.add(...Array.from({ length: 9 }, () => () => undefined));
    at.ports.bucket.beforeRead.add(serviceFailed('the bucket is away'));
    let heartbeatDetails: unknown;
    const environment = anEnvironment();
    environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
    await assert.rejects(
      environment.run(at.auditPage as never, { channelId, before: BEFORE } as never),
      /the bucket is away/,
    );
    const page = await attempt(
      at.auditPage,
      { channelId, before: BEFORE },
      { attempt: 2, heartbeatDetails },
    );
    assert.deepEqual(countsOf(page), { messages: 12, clips: 12, known: 12 });
    assert.equal(page.open.length, 12);
    assert.equal(new Set(at.ports.told).size, 12);
    assert.equal(at.ports.told.length, 12);
  });

  test('if the bucket fails when enough clips were asked, the clips of the next call were not asked before', async () => {
    const at = stage();
    at.archive(0);
    const clips = Array.from({ length: 230 }, (_, n) => at.archive(n + 1)).reverse();
    for (const { messageId } of clips)
      at.ports.discord.remove({ channel_id: channelId, id: messageId });
    // 196 clips are asked before the batch in which the bucket fails, and four in it.
    for (const clip of clips.slice(0, 4)) writeRecord(at.ports, clip, { status: 'deleted' });
    const failing = new Set(clips.slice(204, 208).map(recordKey));
    const read = at.ports.bucket.read.bind(at.ports.bucket);
    at.ports.bucket.read = async (key) => {
      if (failing.has(key)) throw serviceFailed('the bucket is away');
      return await read(key);
    };
    const input = { channelId, before: BEFORE };
    let heartbeatDetails: unknown;
    const environment = anEnvironment();
    environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
    await assert.rejects(environment.run(at.auditPage as never, input as never), /is away/);
    at.ports.bucket.read = read;
    const retried = await attempt(at.auditPage, input, { attempt: 2, heartbeatDetails });
    const next = await attempt(at.auditPage, { ...input, hidden: retried.hidden ?? null });
    const asked = [...retried.open, ...next.open].map(({ clip }) => clip);
    assert.deepEqual(asked.sort(), clips.slice(4).map(clipId).sort());
  });

  test('while the bucket is slow, the heartbeats go on and carry the progress of this attempt', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const at = stage();
    for (let n = 0; n < 9; n++) at.archive(n);
    const beats: unknown[] = [];
    const seconds = (wait: number) => () => {
      for (let n = 0; n < wait; n += 2) t.mock.timers.tick(2000);
    };
    // The first batch of 8 clips takes 3 reads for each clip. The ninth clip waits for a slow bucket.
    at.ports.bucket.beforeRead.add(
      ...Array.from({ length: 24 }, () => () => undefined),
      seconds(20),
    );
    at.ports.bucket.beforeList.add(seconds(20));
    const environment = anEnvironment();
    environment.on('heartbeat', (details: unknown) => beats.push(details));
    await environment.run(at.auditPage as never, { channelId, before: BEFORE } as never);
    const done = beats.map((details) => (details as { done: string[] } | undefined)?.done.length);
    assert.ok(done.filter((count) => count === 0).length >= 10, `while it lists: ${done.join()}`);
    assert.ok(done.filter((count) => count === 8).length >= 10, `in a batch: ${done.join()}`);
  });
});

describe('the check of repairs', () => {
  test('a record is repaired if it is written again, a picture if the record names it, and a deletion if the record says so', async () => {
    const at = stage();
    const [record, picture, gone, slow, purged] = [1, 2, 3, 4, 5].map((n) => at.archive(n));
    writeRecord(at.ports, gone!, { status: 'deleted' });
    at.ports.bucket.remove(recordKey(slow!));
    at.ports.bucket.put(recordKey(purged!), { Id: clipId(purged!), channelId, Status: 'purged' });
    const open = [
      { clip: clipId(record!), fault: 'record' as const },
      { clip: clipId(picture!), fault: 'thumbnail' as const },
      { clip: clipId(gone!), fault: 'gone' as const },
      { clip: clipId(purged!), fault: 'record' as const },
      { clip: clipId(slow!), fault: 'record' as const },
    ];
    const { counts, open: left, problems } = await attempt(at.checkRepairs, { channelId, open });
    assert.deepEqual(left, open.slice(4));
    assert.deepEqual(counts.repaired, { records: 1, thumbnails: 1 });
    assert.deepEqual([counts.ended, problems], [1, []]);
  });

  test('if a record was written again but its thumbnail is missing, the clip is told to make the thumbnail', async () => {
    const at = stage();
    const clip = at.archive(1);
    at.ports.bucket.remove(`thumb/${clipId(clip)}.webp`);
    const open = [{ clip: clipId(clip), fault: 'record' as const }];
    const { counts, open: left } = await attempt(at.checkRepairs, { channelId, open });
    assert.deepEqual(counts.repaired, { records: 1, thumbnails: 0 });
    assert.deepEqual(left, [{ clip: clipId(clip), fault: 'thumbnail' }]);
    assert.deepEqual(at.ports.told, [`repair ${clipId(clip)} with pictures`]);
  });

  test('a started clip is done when its record is sound and its workflow runs, and does not count as repaired', async () => {
    const at = stage();
    const [sound, busy, failing, pictureless, without] = [1, 2, 3, 4, 5].map((n) => at.archive(n));
    at.ports.clipStates.set(clipId(busy!), { status: 'running', isNew: true });
    at.ports.clipStates.set(clipId(failing!), { status: 'failed' });
    at.ports.bucket.remove(`thumb/${clipId(pictureless!)}.webp`);
    at.ports.bucket.remove(recordKey(without!));
    const open = [sound, busy, failing, pictureless, without].map((clip) => ({
      clip: clipId(clip!),
      fault: 'new' as const,
    }));
    const { counts, open: left, problems } = await attempt(at.checkRepairs, { channelId, open });
    assert.deepEqual([counts, problems], [NO_AUDIT_COUNTS, []]);
    const rest = left.map(({ clip, fault }) => `${clip} ${fault}`);
    assert.deepEqual(rest, [
      `${clipId(busy!)} new`,
      `${clipId(failing!)} new`,
      `${clipId(pictureless!)} thumbnail`,
      `${clipId(without!)} new`,
    ]);
    assert.deepEqual(at.ports.told, [`repair ${clipId(pictureless!)} with pictures`]);
  });

  test('a thumbnail that could not be made again is reported, and one that is not made yet is waited for', async () => {
    const at = stage();
    const failed = at.archive(1);
    const waiting = at.archive(2);
    const thumbnailError = { type: 'MediaUnreadable', message: 'no video' };
    const none = { thumbnail: undefined, posterImage: undefined } as never;
    writeRecord(at.ports, failed, { ...(none as object), thumbnailError });
    writeRecord(at.ports, waiting, none);
    const open = [failed, waiting].map((clip) => ({
      clip: clipId(clip),
      fault: 'thumbnail' as const,
    }));
    const { open: left, problems } = await attempt(at.checkRepairs, { channelId, open });
    assert.deepEqual(problems, [{ clip: clipId(failed), problem: 'pictureless' }]);
    assert.deepEqual(left, open.slice(1));
  });
});
