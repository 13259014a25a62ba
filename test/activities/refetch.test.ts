import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AttachmentFlags, StickerFormatType, type APIMessage } from 'discord-api-types/v10';
import { createActivities } from '../../src/activities/create-activities.ts';
import type { RefetchInput, RefetchResult } from '../../src/activities/refetch.ts';
import { recordKey, type Clip } from '../../src/clip/clip.ts';
import { clipsOfMessage } from '../../src/clip/message.ts';
import { isExpired, leaseOf } from '../../src/clip/lease.ts';
import { recordOf, type ClipRecord } from '../../src/clip/record.ts';
import type { ClipState } from '../../src/clip/state.ts';
import { applicationFailure, serviceFailed, tokenRejected } from '../../src/errors.ts';
import { rateLimited } from '../../src/rate-limit-errors.ts';
import { noMetrics } from '../../src/metrics.ts';
import { aMessage, anAttachment, JUNO, PLACE, RULES, without } from '../clip/a-message.ts';
import { createFakePorts, type FakePorts } from '../support/fake-ports.ts';
import { aState, anEnvironment, attempt } from './run-activity.ts';

/** Returns the input that a workflow makes from a state. The input lacks the link and the names. */
const given = (state: ClipState): RefetchInput['state'] => ({
  ...state,
  clip: without(state.clip, 'url', 'channelName', 'guildName'),
});

/** Stages ports with a fake Discord that has this message, and the state of one of the message's clips. */
function stage(message: APIMessage = aMessage(), index = 0) {
  const ports = createFakePorts();
  ports.discord.post(message);
  const clip = clipsOfMessage(message, PLACE, RULES)[index];
  assert.ok(clip);
  const { refetch } = createActivities(ports);
  return { ports, clip, refetch, state: given(aState({ clip, revision: 2 })) };
}

const recordIn = ({ bucket }: FakePorts, clip: Clip): ClipRecord =>
  bucket.json(recordKey(clip)) as ClipRecord;

const failsAs = (type: string) => (error: unknown) => applicationFailure(error)?.type === type;

describe('refetch', () => {
  test('refetch writes a valid link to the record and returns the time of the next refresh', async () => {
    const { ports, clip, refetch, state } = stage();
    assert.ok(isExpired(clip.url, Date.now()), 'the old link is expired');
    const result = await attempt(refetch, { state, adopt: false });
    assert.deepEqual(Object.keys(result).sort(), ['pictureVersion', 'refreshAtMs', 'url']);
    const lease = leaseOf(result.url);
    assert.ok(lease && lease.expiresAt * 1000 > Date.now());
    assert.ok(result.refreshAtMs > Date.now() && result.refreshAtMs < lease.expiresAt * 1000);
    const record = recordIn(ports, clip);
    assert.equal(record.Attachment_URL, result.url);
    assert.equal(record.Expire_Timestamp, lease.expiresAt);
    assert.equal(record.Revision, 2);
  });

  test('a link counts as refreshed in the metrics only if the new link expires later than the old link', async () => {
    const { ports, state } = stage();
    const left: number[] = [];
    const written: string[] = [];
    const metrics = {
      ...noMetrics,
      linkRefreshed: (seconds: number) => void left.push(Math.round(seconds)),
      recordWritten: (status: string) => void written.push(status),
    };
    const { refetch } = createActivities({ ...ports, metrics });
    const now = Math.floor(Date.now() / 1000);
    const longer = now + 2 * 86_400;
    await attempt(refetch, { state, adopt: false, expiresAt: longer });
    assert.deepEqual(left, [], 'the new link expires earlier');
    await attempt(refetch, { state: { ...state, revision: 3 }, adopt: false, expiresAt: now + 60 });
    const [seconds = 0, ...others] = left as number[];
    assert.ok(Math.abs(seconds - 60) <= 2, `${seconds} s`);
    assert.equal(others.length, 0);
    assert.deepEqual(written, ['live', 'live']);
    // An earlier attempt, which timed out, continues only now and writes nothing.
    await attempt(refetch, { state, adopt: false, expiresAt: now + 60 });
    assert.deepEqual(written, ['live', 'live']);
  });

  test('refetch keeps the thumbnail, the media facts and all other record fields that do not describe the link', async () => {
    const { ports, clip, refetch } = stage();
    const state: ClipState = {
      clip: { ...clip, width: 1, height: 2, durationSeconds: 3, placeholder: 'HBkSHYSIeHiP' },
      status: 'live',
      revision: 7,
      facts: { durationSeconds: 21.25, width: 1920, height: 1080, codec: 'avc1', hasAudio: false },
      thumbnail: 'thumb/x.webp',
      thumbnailError: { type: 'ServiceFailed', message: 'at first' },
      deletedAtMs: 1_709_287_206_000,
    };
    ports.bucket.put(recordKey(clip), recordOf({ ...state, revision: 6 }, 1));
    const { url } = await attempt(refetch, { state: given(state), adopt: false });
    const fresh = recordOf({ ...state, clip: { ...state.clip, url } }, 1);
    assert.deepEqual(recordIn(ports, clip), fresh);
    assert.notEqual(fresh.Attachment_URL, state.clip.url);
  });

  test('if several attachments have the same name, refetch finds the right attachment by its id', async () => {
    const attachments = ['30', '31', '32'].map((end) =>
      anAttachment({
        id: `12130631798489425${end}`,
        filename: 'clip.mp4',
        url: `https://cdn.example/${end}/clip.mp4`,
      }),
    );
    const { refetch, state } = stage(aMessage({ attachments }), 1);
    const { url } = await attempt(refetch, { state, adopt: false });
    assert.match(url, /^https:\/\/cdn\.example\/31\/clip\.mp4\?/);
  });

  test('refetch finds the link of a forwarded clip in the snapshot of the original message', async () => {
    const original = aMessage({
      attachments: [anAttachment({ url: 'https://cdn.example/old.mp4' })],
    });
    const forward = aMessage({
      id: '1213063181631519999',
      attachments: [],
      message_snapshots: [{ message: original }],
    });
    const { ports, clip, refetch, state } = stage(forward);
    const { url } = await attempt(refetch, { state, adopt: false });
    assert.match(url, /^https:\/\/cdn\.example\/old\.mp4\?ex=/);
    assert.equal(recordIn(ports, clip).Discord_id, '1213063181631519999');
  });

  test('refetch finds the link of a clip in the components of a forwarded message', async () => {
    const id = '1213063179848942529';
    const url = `https://cdn.discordapp.com/attachments/1196521684992000058/${id}/ace.mp4?ex=0`;
    const items = [{ media: { url, attachment_id: id } }];
    const original = aMessage({
      content: '',
      attachments: [],
      components: [{ type: 17, components: [{ type: 12, items }] }] as never,
    });
    const forward = aMessage({
      id: '1213063181631519999',
      content: '',
      attachments: [],
      message_snapshots: [{ message: original }],
    });
    const { ports, clip, refetch, state } = stage(forward);
    const fresh = await attempt(refetch, { state, adopt: false });
    assert.ok(Number(leaseOf(fresh.url)?.expiresAt) * 1000 > Date.now());
    assert.equal(recordIn(ports, clip).Attachment_URL, fresh.url);
  });

  test('if the message or attachment is missing, refetch fails with MessageGone and writes nothing', async () => {
    const { ports, clip, refetch, state } = stage();
    ports.discord.post(aMessage({ attachments: [anAttachment({ id: '1213063179848949999' })] }));
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('MessageGone'));
    ports.discord.remove({ channel_id: clip.channelId, id: clip.messageId });
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('MessageGone'));
    assert.deepEqual(ports.bucket.writes, []);
  });

  test('if a fetched message is empty, refetch retries; if the message has content but not the attachment, the attachment counts as deleted', async () => {
    const { ports, refetch, state } = stage();
    const nothing = aMessage({ content: '', attachments: [] });
    ports.discord.post(nothing);
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('ServiceFailed'));
    ports.discord.post({ ...nothing, message_snapshots: [{ message: nothing }] });
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('ServiceFailed'));
    // Discord sends stickers even if it leaves out the other content. So a sticker does not prove that the attachments
    // are complete.
    const sticker_items = [{ id: '1', name: 'x', format_type: StickerFormatType.PNG }];
    ports.discord.post({ ...nothing, sticker_items });
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('ServiceFailed'));
    const shown: Partial<APIMessage>[] = [
      { content: 'still here' },
      { attachments: [anAttachment({ id: '1213063179848949999' })] },
      { embeds: [{ title: 'x' }] },
    ];
    for (const more of shown) {
      ports.discord.post({ ...nothing, ...more });
      await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('MessageGone'));
    }
    assert.deepEqual(ports.bucket.writes, []);
  });

  test('if a clip started without a text, a refetch adds the text even if the message was never edited', async () => {
    const { refetch, state } = stage(aMessage({ content: 'an ace' }));
    const clip = { ...state.clip, description: '' };
    const { description } = await attempt(refetch, { state: { ...state, clip }, adopt: false });
    assert.equal(description, 'an ace');
  });

  test('if a fetched message has no text field, the text of the clip stays the same', async () => {
    const { ports, refetch, state } = stage(aMessage({ content: 'an ace' }));
    const edited = aMessage({ edited_timestamp: '2024-03-01T10:15:00+00:00' });
    ports.discord.post(without(edited, 'content'));
    const result = await attempt(refetch, { state, adopt: false });
    assert.ok(!('description' in result));
  });

  test('if Discord rate limits the bot, rejects the token or denies access, refetch fails and writes nothing', async () => {
    const { ports, clip, refetch, state } = stage();
    const context = { route: 'GET /channels/1/messages/2' };
    ports.discord.before.fetchMessage.add(rateLimited(1500, context), tokenRejected(context));
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('RateLimited'));
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('TokenRejected'));
    ports.discord.refuse(clip.channelId, true);
    await assert.rejects(attempt(refetch, { state, adopt: false }), failsAs('AccessLost'));
    assert.deepEqual(ports.bucket.writes, []);
  });

  test('if Discord returns a link that has already expired, refetch plans the next refresh at least a minute later', async () => {
    const { ports, refetch, state } = stage();
    ports.discord.leaseSeconds = 1;
    const beforeMs = Date.now();
    const { refreshAtMs } = await attempt(refetch, { state, adopt: false });
    assert.ok(refreshAtMs > beforeMs);
    ports.discord.leaseSeconds = -3600;
    const dead = await attempt(refetch, { state: { ...state, revision: 3 }, adopt: false });
    assert.ok(dead.refreshAtMs >= Date.now() + 60_000, 'an expired link is not retried at once');
  });

  test('if the message text was edited, refetch returns the new text with names in place of mention ids', async () => {
    const { ports, clip, refetch, state } = stage();
    const edited_timestamp = '2024-03-01T10:15:00+00:00';
    ports.discord.post(aMessage({ edited_timestamp, content: 'an ace, see **this**' }));
    const { description } = await attempt(refetch, { state, adopt: false });
    assert.equal(description, 'an ace, see **this**');
    assert.equal(recordIn(ports, clip).Description, description);
    assert.ok(!ports.discord.calls.includes('readableChannel'), 'no names were looked up');

    const content = 'best of <#1196521684992000058>';
    ports.discord.post(aMessage({ edited_timestamp, content }));
    const next = { ...state, revision: 3 };
    const unnamed = await attempt(refetch, { state: next, adopt: false });
    assert.ok(!('description' in unnamed), 'the link is returned even if the names are unknown');
    ports.discord.addChannel(PLACE);
    const named = await attempt(refetch, { state: { ...next, revision: 4 }, adopt: false });
    assert.equal(named.description, 'best of #overtime');
    const clipNow = { ...state.clip, description: 'best of #overtime' };
    const last = { ...state, revision: 5, clip: clipNow };
    const same = await attempt(refetch, { state: last, adopt: false });
    assert.ok(!('description' in same), 'an unchanged text is not returned');
  });

  test('if the edited text mentions its own thread, which no list of channels contains, refetch returns the name', async () => {
    const { ports, refetch, state } = stage();
    ports.discord.addChannel({ ...PLACE, findChannelName: () => null });
    const content = `best of <#${PLACE.channelId}>`;
    ports.discord.post(aMessage({ edited_timestamp: '2024-03-01T10:15:00+00:00', content }));
    const { description } = await attempt(refetch, { state, adopt: false });
    assert.equal(description, 'best of #overtime');
  });

  test('if Discord returns an attachment URL that is not http(s), refetch fails and writes nothing', async () => {
    const { ports, refetch, state } = stage();
    for (const url of [null, '', 'file:///etc/passwd', 'attachment://COMET.mp4']) {
      ports.discord.fetchMessage = async () =>
        aMessage({ attachments: [anAttachment({ url: url! })] });
      const failing = attempt(refetch, { state, adopt: false });
      await assert.rejects(failing, failsAs('ServiceFailed'), String(url));
    }
    assert.deepEqual(ports.bucket.writes, []);
  });

  test('if a new workflow refetches a clip that already has a record, refetch returns a fresh link and the stored revision', async () => {
    const { ports, clip, refetch, state } = stage();
    const before = recordOf(aState({ revision: 9, thumbnail: 'thumb/x.webp' }), 1);
    ports.bucket.put(recordKey(clip), before);
    const { adopted, url } = await attempt(refetch, { state, adopt: true });
    assert.equal(adopted?.revision, 9);
    assert.ok(!isExpired(url, Date.now()));
    assert.deepEqual(recordIn(ports, clip), before);
  });

  test('if the stored record has a newer revision, refetch writes nothing and returns the newer revision', async () => {
    const { ports, clip, refetch, state } = stage();
    ports.bucket.put(recordKey(clip), recordOf(aState({ revision: 5 }), 1));
    const { superseded } = await attempt(refetch, { state, adopt: false });
    assert.equal(recordIn(ports, clip).Revision, 5);
    assert.equal(superseded, 5, 'the workflow gets the newer revision');
  });

  test('refetch sends heartbeats while it runs and none afterwards', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { ports, refetch, state } = stage();
    const environment = anEnvironment();
    let heartbeats = 0;
    environment.on('heartbeat', () => heartbeats++);
    ports.discord.before.fetchMessage.add(() => t.mock.timers.tick(5000));
    await environment.run(refetch as never, { state, adopt: false });
    assert.ok(heartbeats >= 2, `${heartbeats} in 5 s, for a heartbeat time-out of 5 s`);
    const atEnd = heartbeats;
    t.mock.timers.tick(60_000);
    assert.equal(heartbeats, atEnd);
  });

  test('if a message was edited into components, refetch finds the clip in the components', async () => {
    const { ports, clip, refetch, state } = stage();
    const media = { url: clip.url, attachment_id: clip.attachmentId, content_type: 'video/mp4' };
    const item = { media, description: 'five in a row', spoiler: true };
    const components = [
      {
        type: 17,
        components: [
          { type: 10, content: 'an ace' },
          { type: 12, items: [item] },
        ],
      },
    ] as never;
    const edited_timestamp = '2024-03-01T10:15:00+00:00';
    ports.discord.fetchMessage = async () =>
      aMessage({ content: '', attachments: [], components, edited_timestamp });
    const { url, description, details } = await attempt(refetch, { state, adopt: false });
    assert.equal(url, clip.url);
    assert.equal(description, 'an ace');
    assert.deepEqual(details, { altText: 'five in a row', spoiler: true });
    const { Alt_Text, Spoiler, Description, Size } = recordIn(ports, clip);
    assert.deepEqual(
      [Alt_Text, Spoiler, Description, Size],
      ['five in a row', true, 'an ace', clip.sizeBytes],
      'what only the attachment said stays',
    );
  });

  test('if a component shows the clip with an unknown or unreadable URL, refetch retries and the clip does not end', async () => {
    const { ports, clip, refetch, state } = stage();
    const id = clip.attachmentId;
    const path = `/attachments/1196521684992000058/${id}/COMET.mp4`;
    const urls = [`https://cdn-2.example${path}`, '', 'attachment://COMET.mp4', null];
    for (const url of urls) {
      const items = [{ media: { url, attachment_id: id } }];
      const components = [
        { type: 10, content: 'moved' },
        { type: 12, items },
      ] as never;
      ports.discord.fetchMessage = async () =>
        aMessage({ content: '', attachments: [], components });
      await assert.rejects(
        attempt(refetch, { state, adopt: false }),
        failsAs('ServiceFailed'),
        String(url),
      );
    }
    assert.deepEqual(ports.bucket.writes, []);
  });

  test('if a server returns malformed ids of people, refetch leaves them out', async () => {
    const { ports, clip, refetch, state } = stage();
    for (const webhookId of ['messages/../x', 'a/b']) {
      const participants = [{ id: '../y', username: 'juno' }];
      const attachments = [anAttachment({ clip_participants: participants as never })];
      ports.discord.fetchMessage = async () =>
        aMessage({
          attachments: attachments.map((each) => ({ ...each, url: clip.url })),
          webhook_id: webhookId,
          interaction_metadata: { user: { id: '../z', username: 'juno' } } as never,
        });
      const { postedBy, poster, details } = await attempt(refetch, { state, adopt: false });
      assert.deepEqual([postedBy, poster, details], [undefined, undefined, undefined]);
      const written = JSON.stringify([...ports.bucket.writes]);
      assert.doesNotMatch(written, /\.\.\/|a\/b/);
    }
  });

  test('if a spoiler or title was edited while ingest was not running, refetch updates the clip', async () => {
    const { ports, clip, refetch, state } = stage();
    const edited = anAttachment({ flags: AttachmentFlags.IsSpoiler, title: 'An ace' });
    ports.discord.post(aMessage({ attachments: [edited] }));
    const { details = {} } = await attempt(refetch, { state, adopt: false });
    assert.deepEqual(details, { title: 'An ace', spoiler: true });
    assert.equal(recordIn(ports, clip).Spoiler, true);
    ports.discord.post(aMessage());
    const next = { ...state, revision: 3, clip: { ...state.clip, ...details } };
    const plain = await attempt(refetch, { state: next, adopt: false });
    assert.deepEqual(plain.details, {}, 'the spoiler was removed');
    const { Spoiler, Title } = recordIn(ports, clip);
    assert.deepEqual([Spoiler, Title], [undefined, 'An ace']);
    const { title } = details;
    const last = { ...state, revision: 4, clip: { ...state.clip, title: title } };
    const same = await attempt(refetch, { state: last, adopt: false });
    assert.ok(!('details' in same), 'unchanged details are not returned');
  });

  test('if a clip was archived before DISCORD_WEB_URL was set, a refetch makes the link to its message use DISCORD_WEB_URL', async () => {
    const { ports, clip, state } = stage();
    const clipRules = { ...RULES, webUrl: 'https://chat.example' };
    const settings = { ...ports.settings, clipRules };
    const { refetch } = createActivities({ ...ports, settings });
    const { details } = await attempt(refetch, { state, adopt: false });
    assert.deepEqual(details, { webUrl: 'https://chat.example' });
    assert.match(recordIn(ports, clip).Link_to_message, /^https:\/\/chat\.example\/channels\//);
  });

  test('if saving the poster of an older webhook clip fails, the fresh link is written anyway', async () => {
    const author = { ...JUNO, id: '1283675776780079888', username: 'Kestrel', global_name: null };
    const message = aMessage({ author, webhook_id: author.id });
    const { ports, clip, refetch, state } = stage(message);
    const { userDataId = '', ...shared } = clip.poster;
    const old = { ...state, clip: { ...state.clip, poster: shared } };
    ports.media.beforeAvatar.add(serviceFailed('the CDN is away'));
    const first = await attempt(refetch, { state: old, adopt: false });
    assert.ok(!('poster' in first));
    assert.equal(recordIn(ports, clip).Attachment_URL, first.url);
    const next = { ...old, revision: 3 };
    const { poster } = await attempt(refetch, { state: next, adopt: false });
    assert.deepEqual(poster, clip.poster);
    const saved = ports.bucket.json(`userData/${userDataId}.json`) as { Name: string };
    assert.equal(saved.Name, 'Kestrel');
    const known = { ...next, revision: 4, clip: { ...next.clip, poster: clip.poster } };
    assert.ok(!('poster' in (await attempt(refetch, { state: known, adopt: false }))));
    assert.equal(recordIn(ports, clip).User_Data, `userData/${userDataId}.json`);
  });

  test('if the avatar server does not respond, a refetch ends after 5 seconds, and the user data are saved later', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const author = { ...JUNO, id: '1283675776780079888', username: 'Kestrel', global_name: null };
    const { ports, clip, refetch, state } = stage(aMessage({ author, webhook_id: author.id }));
    const { userDataId = '', ...shared } = clip.poster;
    const old = { ...state, clip: { ...state.clip, poster: shared } };
    let respond!: () => void;
    ports.media.beforeAvatar.add(() => new Promise((resolve) => (respond = resolve)));
    let result: RefetchResult | null = null;
    const running = attempt(refetch, { state: old, adopt: false }).then((end) => (result = end));
    const pass = async (ms: number): Promise<void> => {
      t.mock.timers.tick(ms);
      for (let n = 0; n < 20; n++) await new Promise(setImmediate);
    };
    await pass(0);
    assert.equal(ports.media.avatarUrls.length, 1);
    await pass(4999);
    assert.equal(result, null);
    await pass(1);
    assert.ok(result, 'the refetch has ended');
    const { url, poster } = await running;
    assert.equal(recordIn(ports, clip).Attachment_URL, url);
    assert.equal(poster, undefined, 'the record does not name user data that are not saved');
    respond();
    await pass(0);
    assert.ok(ports.bucket.json(`userData/${userDataId}.json`));
    const next = await attempt(refetch, { state: { ...old, revision: 3 }, adopt: false });
    assert.deepEqual(next.poster, clip.poster);
  });

  test('if a bot posted an older clip for a user, the record names the user after the user data are saved', async () => {
    const bot = { ...JUNO, id: '356299278253039999', username: 'clipbot', bot: true };
    const interaction_metadata = { id: '1', type: 2, user: JUNO } as never;
    const { ports, clip, refetch, state } = stage(aMessage({ author: bot, interaction_metadata }));
    const old = { ...state, clip: without(state.clip, 'postedBy') };
    ports.media.beforeAvatar.add(serviceFailed('the CDN is away'));
    const first = await attempt(refetch, { state: old, adopt: false });
    assert.ok(!('postedBy' in first));
    assert.ok(!('Posted_By_Id' in recordIn(ports, clip)));
    const next = await attempt(refetch, { state: { ...old, revision: 3 }, adopt: false });
    assert.deepEqual(next.postedBy, clip.postedBy);
    const saved = ports.bucket.json(`userData/${JUNO.id}.json`) as { Name: string };
    assert.equal(saved.Name, JUNO.username);
    const known = await attempt(refetch, { state: { ...state, revision: 4 }, adopt: false });
    assert.ok(!('postedBy' in known));
    assert.equal(recordIn(ports, clip).Posted_By_Id, JUNO.id);
  });
});
