import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { ClipRecord } from '../../src/clip/record.ts';
import { executions, post, postClip, postedClip } from '../support/stack/clips.ts';
import { recordOf, untilArchived, untilRecord } from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { pause } from '../support/wait.ts';

const WATCHED = [
  'posted',
  'unfetched',
  'edited',
  'trimmed',
  'deleted',
  'purged',
  'mixed',
  'outage',
] as const;
type Channel = (typeof WATCHED)[number] | 'elsewhere';

let stack: Stack<Channel>;
before(async () => {
  stack = await startStack({
    channels: [...WATCHED, 'elsewhere'],
    watched: WATCHED,
    env: { STORYBOARDS: 'yes' },
  });
});
after(() => stack.stop());

/** Waits for the end of a clip's workflow. Returns its result. */
async function resultOf(workflowId: string): Promise<unknown> {
  return await stack.temporal.workflow.getHandle(workflowId).result();
}

describe('live channel', { concurrency: true }, () => {
  test('a clip of ten seconds gets a storyboard, and its record has the time of each frame', async (t) => {
    const { bucket, channels } = stack;
    const folder = mkdtempSync(join(tmpdir(), 'everclip-live-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'long.mp4');
    const source = 'testsrc2=duration=10:size=320x180:rate=10';
    const encoding = ['-g', '10', '-pix_fmt', 'yuv420p', '-movflags', '+faststart'];
    const ffmpeg = process.env.FFMPEG_PATH || 'ffmpeg';
    await promisify(execFile)(ffmpeg, ['-f', 'lavfi', '-i', source, ...encoding, path]);
    const { id: messageId, attachments } = stack.emulator.postMessage({
      channelId: channels.posted,
      authorId: stack.userId,
      files: [{ filename: 'long.mp4', path, contentType: 'video/mp4' }],
    });
    const id = `${messageId}-${attachments[0]!.id}`;
    const record = await stack.until('the storyboard in the record', async () => {
      const key = `messages/${channels.posted}/${id}.json`;
      const read = await bucket.readJson<{ Storyboard?: string; Storyboard_Times?: number[] }>(key);
      return read?.Storyboard === undefined ? null : read;
    });
    assert.equal(record.Storyboard, `storyboard/${id}.webp`);
    assert.equal(record.Storyboard_Times?.length, 10);
    const sprite = await bucket.read(`storyboard/${id}.webp`);
    assert.equal(sprite!.bytes.toString('latin1', 8, 12), 'WEBP');
  });

  test('for a posted clip, the record, thumbnail, poster image and user data are stored with the right content types', async () => {
    const { emulator, bucket, userId } = stack;
    const message = emulator.postMessage({
      channelId: stack.channels.posted,
      authorId: userId,
      content: `look <@${userId}> in <#${stack.channels.edited}>`,
      mentions: [userId],
      files: [{ filename: 'COMET shot.mp4', path: stack.video, contentType: 'video/mp4' }],
    });
    const [attachment] = message.attachments;
    const id = `${message.id}-${attachment!.id}`;
    const key = `messages/${message.channel_id}/${id}.json`;
    const thumb = `thumb/${id}.webp`;
    const poster = `poster/${id}.jpg`;
    await stack.until(
      'the thumbnail in the record',
      async () => (await bucket.readJson<{ Thumbnail?: string }>(key))?.Thumbnail,
    );
    const stored = await bucket.read(key);
    const record = JSON.parse(stored!.bytes.toString()) as Record<string, unknown>;
    const { Attachment_URL: url, Revision, Attempt: _, Date: date, ...others } = record;
    const { Thumbnail_Hash, Poster_Image_Hash, Picture_Version, ...rest } = others;
    for (const hash of [Thumbnail_Hash, Poster_Image_Hash])
      assert.match(String(hash), /^[0-9a-f]{16}$/);
    // The clip is too short for a storyboard, but a refresh may already have noted that somebody tried to make one.
    assert.ok(Picture_Version === 1 || Picture_Version === 2);
    assert.deepEqual(rest, {
      Id: id,
      Discord_id: message.id,
      Poster: '_juno',
      Poster_Id: userId,
      Title: 'COMET shot',
      Link_to_message: `https://discord.com/channels/${emulator.guilds[0]!.id}/${message.channel_id}/${message.id}`,
      Description: 'look @Juno in #edited',
      Filename: 'COMET_shot',
      Expire_Timestamp: Number.parseInt(new URL(String(url)).searchParams.get('ex')!, 16),
      channelId: message.channel_id,
      guildId: emulator.guilds[0]!.id,
      Status: 'live',
      Size: readFileSync(stack.video).length,
      Content_Type: 'video/mp4',
      Runtime: 1,
      Width: 64,
      Height: 64,
      Codec: 'h264',
      Frame_Rate: 5,
      Bit_Rate: readFileSync(stack.video).length * 8,
      Has_Audio: false,
      Thumbnail: thumb,
      Poster_Image: poster,
    });
    assert.equal(date, Date.parse(message.timestamp) / 1000);
    assert.equal(typeof Revision, 'number');
    assert.equal((await fetch(String(url))).status, 200);
    assert.deepEqual([stored!.contentType, stored!.cacheControl], ['application/json', 'no-cache']);

    const picture = await bucket.read(thumb);
    assert.equal(picture!.bytes.toString('latin1', 8, 12), 'WEBP');
    assert.deepEqual(
      [picture!.contentType, picture!.cacheControl],
      ['image/webp', 'public, max-age=86400'],
    );
    const posterImage = await bucket.read(poster);
    assert.equal(posterImage!.bytes.toString('hex', 0, 3), 'ffd8ff');
    assert.deepEqual(
      [posterImage!.contentType, posterImage!.cacheControl],
      ['image/jpeg', 'public, max-age=86400'],
    );

    const user = await stack.until('user data', () => bucket.read(`userData/${userId}.json`));
    const { As_Of: asOf, ...shown } = JSON.parse(user.bytes.toString()) as { As_Of?: number };
    // `As_Of` is the time of the newest message that showed these data. Other tests post messages of the same poster at
    // the same time, so the exact value is unknown here.
    assert.equal(typeof asOf, 'number');
    assert.deepEqual(shown, {
      Id: userId,
      Name: '_juno',
      Display_Name: 'Juno',
      Url: `${emulator.cdnOrigin}/avatars/${userId}/${emulator.users.find((u) => u.id === userId)!.avatar}.png`,
      Icon: `userData/${userId}.png`,
    });
    assert.deepEqual([user.contentType, user.cacheControl], ['application/json', 'no-cache']);
    const icon = await bucket.read(`userData/${userId}.png`);
    assert.deepEqual([icon!.contentType, icon!.cacheControl], ['image/png', 'no-cache']);
  });

  test('while a clip cannot be downloaded, the record contains the dimensions and duration that Discord reports', async () => {
    const { emulator, channels, userId, video: path } = stack;
    const channelId = channels.unfetched;
    const route = new RegExp(`^GET /attachments/${channelId}/`);
    const repair = emulator.faults.add({ route, status: 503 });
    const placeholder = '1QcSHQRnh493V4dIh4eXh1h4kJUI';
    const discordFacts = { width: 1920, height: 1080, durationSeconds: 21.25, placeholder };
    const message = emulator.postMessage({
      channelId,
      authorId: userId,
      files: [{ filename: 'COMET.mp4', path, contentType: 'video/mp4', ...discordFacts }],
    });
    const clip = postedClip(channelId, message.id, message.attachments[0]!.id);
    const facts = ({ Placeholder, Width, Height, Runtime, Thumbnail }: ClipRecord) => ({
      Placeholder,
      Width,
      Height,
      Runtime,
      Thumbnail,
    });
    const first = await untilRecord(stack, clip, 'exist', () => true);
    assert.deepEqual(facts(first), {
      Placeholder: placeholder,
      Width: 1920,
      Height: 1080,
      Runtime: 21.25,
      Thumbnail: undefined,
    });
    repair();
    await untilArchived(stack, [clip]);
    const last = (await recordOf(stack, clip))!;
    assert.deepEqual(facts(last), {
      Placeholder: placeholder,
      Width: 64,
      Height: 64,
      Runtime: 1,
      Thumbnail: clip.thumbnailKey,
    });
  });

  test('an edit of the message text changes the description in the record, but not the thumbnail or the status', async () => {
    const { channels } = stack;
    const clip = postClip(stack, { channelId: channels.edited, content: 'first words' });
    await untilArchived(stack, [clip]);
    const before = await recordOf(stack, clip);
    stack.emulator.editMessage({ ...clip, content: 'other words' });
    const edited = await untilRecord(
      stack,
      clip,
      'have the new description',
      ({ Description }) => Description === 'other words',
    );
    const { Attachment_URL, Expire_Timestamp, Revision, Attempt } = edited;
    assert.deepEqual(edited, {
      ...before,
      Description: 'other words',
      Attachment_URL,
      Expire_Timestamp,
      Revision,
      Attempt,
    });
    assert.ok(edited.Revision > before!.Revision);
  });

  test('an edit that removes one of two attachments ends only the clip of that attachment', async () => {
    const clips = post(stack, {
      channelId: stack.channels.trimmed,
      filenames: ['clip.mp4', 'clip.mp4'],
    });
    await untilArchived(stack, clips);
    const [removed, kept] = clips as [(typeof clips)[0], (typeof clips)[0]];
    stack.emulator.removeAttachment(removed);
    assert.deepEqual(await resultOf(removed.workflowId), { status: 'deleted', refreshes: 0 });
    const record = await recordOf(stack, removed);
    assert.equal(record?.Status, 'deleted');
    assert.ok(Math.abs(record.Deleted_At! - Date.now() / 1000) < 30);
    assert.equal(record.Thumbnail, removed.thumbnailKey);
    assert.equal((await recordOf(stack, kept))?.Status, 'live');
    const { status } = await stack.temporal.workflow.getHandle(kept.workflowId).describe();
    assert.equal(status.name, 'RUNNING');
  });

  test('if a message is deleted, the workflow of the clip ends and the record gets the status deleted', async () => {
    const clip = postClip(stack, { channelId: stack.channels.deleted });
    await untilArchived(stack, [clip]);
    stack.emulator.deleteMessage(clip);
    assert.deepEqual(await resultOf(clip.workflowId), { status: 'deleted', refreshes: 0 });
    const record = await recordOf(stack, clip);
    assert.deepEqual([record?.Status, record?.Thumbnail], ['deleted', clip.thumbnailKey]);
  });

  test('if a message is deleted right after it was posted, the record of the clip gets the status deleted', async () => {
    const clip = postClip(stack, { channelId: stack.channels.deleted });
    stack.emulator.deleteMessage(clip);
    await untilRecord(stack, clip, 'be deleted', ({ Status }) => Status === 'deleted');
    assert.deepEqual(await resultOf(clip.workflowId), { status: 'deleted', refreshes: 0 });
  });

  test('a bulk deletion ends the clips of the deleted messages and no other clips', async () => {
    const channelId = stack.channels.purged;
    const clips = Array.from({ length: 4 }, () => postClip(stack, { channelId }));
    await untilArchived(stack, clips);
    stack.emulator.bulkDelete(
      channelId,
      clips.slice(0, 3).map(({ messageId }) => messageId),
    );
    for (const { workflowId } of clips.slice(0, 3)) {
      assert.deepEqual(await resultOf(workflowId), { status: 'deleted', refreshes: 0 });
    }
    assert.deepEqual(
      (await Promise.all(clips.map((clip) => recordOf(stack, clip)))).map(
        (record) => record?.Status,
      ),
      ['deleted', 'deleted', 'deleted', 'live'],
    );
  });

  test('an attachment becomes a clip only if it is a video in a watched channel', async () => {
    const { emulator, channels, userId, video: path } = stack;
    const channelId = channels.mixed;
    postClip(stack, { channelId, authorId: emulator.botId });
    postClip(stack, { channelId: channels.elsewhere });
    post(stack, { channelId, filenames: ['a.png', 'notes.txt', 'mp4', 'clip.mp4.zip'] });
    post(stack, { channelId, filenames: [], content: 'https://example.com/clip.mp4' });
    const upper = postClip(stack, { channelId, filenames: ['ACE.MP4'] });
    const typed = emulator.postMessage({
      channelId,
      authorId: userId,
      files: [
        { filename: 'unknown', path, contentType: 'video/mp4' },
        { filename: 'picture.webp', path, contentType: 'image/webp' },
      ],
    });
    await untilArchived(stack, [upper]);
    assert.equal((await recordOf(stack, upper))?.Filename, 'ACE');
    const wanted = [`clip-${typed.id}-${typed.attachments[0]!.id}`, upper.workflowId];
    const clips = async (channel: Channel) =>
      (await executions(stack, `ClipChannel = '${channel}'`)).map(
        (execution) => execution.workflowId,
      );
    await stack.until('both workflows', async () => (await clips('mixed')).length >= 2);
    assert.deepEqual(await clips('mixed'), wanted.sort());
    assert.deepEqual(await clips('elsewhere'), []);
  });
});

test('if Temporal is down for some seconds, clips posted in that time are archived afterwards', async () => {
  const known = new Set((await executions(stack)).map(({ workflowId }) => workflowId));
  const channelId = stack.channels.outage;
  await stack.server.kill();
  const clips = [];
  for (let i = 0; i < 10; i++) {
    clips.push(postClip(stack, { channelId }));
    await pause(300);
  }
  await stack.server.start();
  await untilArchived(stack, clips);
  const started = (await executions(stack)).filter(({ workflowId }) => !known.has(workflowId));
  assert.deepEqual(
    started,
    clips.map(({ workflowId }) => ({ workflowId, status: 'RUNNING' })),
  );
});
