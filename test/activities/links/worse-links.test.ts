import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivities } from '../../../src/activities/create-activities.ts';
import type { RefetchInput } from '../../../src/activities/refetch.ts';
import { createUnreadableLinkReport } from '../../../src/activities/links/unreadable-links.ts';
import { recordKey } from '../../../src/clip/clip.ts';
import { leaseOf } from '../../../src/clip/lease.ts';
import { clipsOfMessage } from '../../../src/clip/message.ts';
import { recordOf, type ClipRecord } from '../../../src/clip/record.ts';
import { applicationFailure } from '../../../src/errors.ts';
import { noMetrics } from '../../../src/metrics.ts';
import { aMessage, anAttachment, PLACE, RULES, signedLink, without } from '../../clip/a-message.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { aState, anEnvironment, attempt } from '../run-activity.ts';

const now = Math.floor(Date.now() / 1000);
const HELD_EXPIRES_AT = now + 7200;
const HELD = signedLink({ expiresAt: HELD_EXPIRES_AT, issuedAt: now - 79_200 });
const OTHER_ID = '1213063179848949999';
const PATH = '/attachments/1196521684992000058';
const good = signedLink({ expiresAt: now + 86_400, issuedAt: now });

/** Stages a clip whose record has the link `HELD`. Every fetch returns the clip's message with the link `url`. */
function stage(url: string) {
  const ports = createFakePorts();
  const others = [anAttachment({ id: OTHER_ID, filename: 'other.mp4' })];
  ports.discord.fetchMessage = async () =>
    aMessage({ attachments: [anAttachment({ url }), ...others] });
  const [clip] = clipsOfMessage(
    aMessage({ attachments: [anAttachment({ url: HELD })] }),
    PLACE,
    RULES,
  );
  assert.ok(clip);
  const stored = recordOf(aState({ clip, revision: 1 }), 1);
  ports.bucket.put(recordKey(clip), stored);
  let unreadable = 0;
  const metrics = { ...noMetrics, linkUnreadable: () => void (unreadable += 1) };
  const { refetch, persist } = createActivities({ ...ports, metrics });
  const state: RefetchInput['state'] = {
    ...aState({ clip, revision: 2 }),
    clip: without(clip, 'url', 'channelName', 'guildName'),
  };
  return {
    ports,
    clip,
    refetch,
    persist,
    input: { state, adopt: false, expiresAt: HELD_EXPIRES_AT },
    stored,
    record: () => ports.bucket.json(recordKey(clip)) as ClipRecord,
    unreadable: () => unreadable,
  };
}

describe('a fetched link that is worse than the link at hand', () => {
  const worse: [string, string, RegExp][] = [
    ['without an expiry', good.replace(/\?.*/, ''), /whose expiry cannot be read/],
    ['with an expiry of unknown form', good.replace(/ex=\w+/, 'ex=tomorrow'), /cannot be read/],
    [
      'without an expiry on another server',
      `https://cdn.example${PATH}/1213063179848942529/COMET.mp4`,
      /without an expiry/,
    ],
    [
      'of another attachment of the message',
      good
        .replace('https://cdn.discordapp.com', 'https://cdn.example')
        .replace('1213063179848942529', OTHER_ID),
      /URL of another attachment/,
    ],
    [
      'of another attachment on Discord',
      good.replace('1213063179848942529', '1213063179848940000'),
      /URL of another attachment/,
    ],
    ['that is not http(s)', 'attachment://COMET.mp4', /not http\(s\)/],
  ];
  for (const [what, url, reason] of worse) {
    test(`if Discord returns a link ${what}, the clip keeps its old link, which has an expiry, and retries the fetch`, async () => {
      const { refetch, input, stored, record } = stage(url);
      const failure = applicationFailure(
        await attempt(refetch, input).catch((error: unknown) => error),
      );
      assert.equal(failure?.type, 'ServiceFailed');
      assert.equal(failure.nonRetryable, false);
      assert.match(failure.message, reason);
      assert.doesNotMatch(failure.message, /hm=|ex=/);
      assert.deepEqual(record(), stored);
    });
  }

  test('if a server keeps returning links without an expiry, the clip waits an hour before each retry from the ninth attempt on', async () => {
    const { refetch, input } = stage(good.replace(/\?.*/, ''));
    const delays = [];
    for (const number of [1, 8, 9, 100]) {
      const error = await attempt(refetch, input, { attempt: number }).catch((e: unknown) => e);
      delays.push(applicationFailure(error)?.nextRetryDelay ?? null);
    }
    assert.deepEqual(delays, [null, null, 3_600_000, 3_600_000]);
  });

  test('if a fetched link expires earlier than the stored link, the record keeps its link but gets the new text', async () => {
    const earlier = signedLink({ expiresAt: now + 3600, issuedAt: now - 82_800 });
    const { refetch, input, record, clip } = stage(earlier);
    const edited = { ...input.state, clip: { ...input.state.clip, description: 'edited' } };
    const { url, refreshAtMs } = await attempt(refetch, { ...input, state: edited });
    assert.equal(url, HELD);
    assert.equal(record().Attachment_URL, clip.url);
    assert.equal(record().Description, 'edited');
    assert.ok(refreshAtMs < HELD_EXPIRES_AT * 1000);
    assert.ok(refreshAtMs > Date.now() + 60_000, 'the server is not asked again at once');
  });

  test('if the stored link has no expiry, any fetched link replaces the stored link', async () => {
    const unsigned = `https://cdn.example${PATH}/1213063179848942529/COMET.mp4`;
    const { refetch, input, record } = stage(unsigned);
    await attempt(refetch, { state: input.state, adopt: false });
    assert.equal(record().Attachment_URL, unsigned);
  });

  test('if the stored link has expired, the record takes the unsigned link of a compatible server, but not of Discord', async () => {
    const expired = { expiresAt: now - 60 };
    const unsigned = `https://cdn.example${PATH}/1213063179848942529/COMET.mp4`;
    const { refetch, input, record } = stage(unsigned);
    await attempt(refetch, { ...input, ...expired });
    assert.equal(record().Attachment_URL, unsigned);
    const ofDiscord = stage(good.replace(/\?.*/, ''));
    await assert.rejects(attempt(ofDiscord.refetch, { ...ofDiscord.input, ...expired }));
    assert.equal(ofDiscord.record().Attachment_URL, HELD);
  });

  test('if the stored link claims to be valid for centuries, a fetched link replaces it, and it is refreshed once a day', async () => {
    const forged = HELD.replace(/ex=\w+/, 'ex=fffffffff');
    const { ports, clip, persist, refetch, input, record } = stage(good);
    const state = { ...input.state, clip: { ...clip, url: forged } };
    const { refreshAtMs } = await attempt(persist, { state, adopt: false, earlierAttempts: 0 });
    assert.ok(refreshAtMs <= Date.now() + 24 * 60 * 60 * 1000);
    assert.equal(record().Attachment_URL, forged);
    const expiresAt = Number(leaseOf(forged)?.expiresAt);
    const next = { state: { ...input.state, revision: 3 }, adopt: false, expiresAt };
    assert.equal((await attempt(refetch, next)).url, good);
    ports.bucket.put(recordKey(clip), { ...record(), Attachment_URL: forged, Revision: 3 });
    const last = { ...input, state: { ...input.state, revision: 4 } };
    const cached = signedLink({ expiresAt: now + 3600, issuedAt: now });
    ports.discord.fetchMessage = async () =>
      aMessage({ attachments: [anAttachment({ url: cached })] });
    assert.equal((await attempt(refetch, last)).url, cached, 'a forged record is not believed');
  });

  test('if a component names its attachment and its URL names another attachment, the link is accepted', async () => {
    const { ports, clip, refetch, input, record } = stage(good);
    const url = good.replace(`/${clip.attachmentId}/`, `/${OTHER_ID}/`);
    const items = [{ media: { url, attachment_id: clip.attachmentId } }];
    ports.discord.fetchMessage = async () =>
      aMessage({ content: '', attachments: [], components: [{ type: 12, items }] as never });
    await attempt(refetch, input);
    assert.equal(record().Attachment_URL, url);
  });

  test('if the link of a compatible server contains the message id instead of the attachment id, the link is accepted', async () => {
    const url = good
      .replace('https://cdn.discordapp.com', 'https://cdn.example')
      .replace('1213063179848942529', '1213063181631516641');
    const { refetch, input, record } = stage(url);
    await attempt(refetch, input);
    assert.equal(record().Attachment_URL, url);
  });

  test('if a link has its expiry in hexadecimal milliseconds, the link replaces a link that expires earlier', async () => {
    const hex = (seconds: number) => (seconds * 1000).toString(16);
    const url = good
      .replace(/ex=\w+/, `ex=${hex(now + 86_400)}`)
      .replace(/is=\w+/, `is=${hex(now)}`);
    const { refetch, input, record, unreadable } = stage(url);
    const { refreshAtMs } = await attempt(refetch, input);
    assert.equal(record().Attachment_URL, url);
    assert.equal(record().Expire_Timestamp, now + 86_400);
    const hours = (refreshAtMs / 1000 - now) / 3600;
    assert.ok(hours > 17 && hours <= 18, `${hours} h`);
    assert.equal(unreadable(), 0);
  });
});

describe('a link whose expiry cannot be read', () => {
  const endless = good.replace(/\?.*/, '');

  test('if the expiry of a link cannot be read, the metric counts the first write and each fetch of the link', async () => {
    const { refetch, persist, input, clip, unreadable } = stage(endless);
    const first = { state: { ...aState({ clip: { ...clip, url: endless } }) }, adopt: true };
    await attempt(persist, { ...first, earlierAttempts: 0 });
    assert.equal(unreadable(), 1);
    await attempt(persist, { ...first, adopt: false, earlierAttempts: 0 });
    assert.equal(unreadable(), 1, 'later writes of the same link do not count');
    await attempt(refetch, { state: input.state, adopt: false });
    assert.equal(unreadable(), 2);
    await attempt(refetch, input).catch(() => undefined);
    assert.equal(unreadable(), 3);
  });

  test('if a compatible server returns an unsigned link, the metric counts the link as unreadable', async () => {
    const { refetch, input, unreadable } = stage(
      endless.replace('cdn.discordapp.com', 'cdn.example'),
    );
    await attempt(refetch, { state: input.state, adopt: false });
    assert.equal(unreadable(), 1);
    await attempt(refetch, input).catch(() => undefined);
    assert.equal(unreadable(), 2, 'also if it does not replace the link at hand');
  });

  test('if the expiries of many links cannot be read, the log has at most one line a minute, which says how many links there are', async () => {
    let nowMs = 0;
    const lines: string[] = [];
    const report = createUnreadableLinkReport(noMetrics, () => nowMs);
    const environment = anEnvironment();
    const log = (level: string, message: string) => void lines.push(`${level} ${message}`);
    environment.context.log.warn = (message) => log('warn', message);
    await environment.run((async () => {
      for (let clips = 0; clips < 5; clips++) report('a.mp4');
      nowMs += 60_000;
      report('b.mp4');
    }) as never);
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /^warn cannot read when the link of a\.mp4 expires/);
    assert.match(lines[1] ?? '', /the link of b\.mp4 and 4 others expires/);
  });
});
