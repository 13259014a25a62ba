import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { parseRange } from '../../src/emulator/cdn/send-file.ts';
import { pause, until } from '../support/wait.ts';
import { callRest, someBytes, stage } from './support.ts';

const BYTES = someBytes(200_000);

async function stageClip(...[t, options]: Parameters<typeof stage>) {
  const { emulator, channel, user } = await stage(t, options);
  const files = [{ filename: 'my clip.mp4', contentType: 'video/mp4', width: 640, bytes: BYTES }];
  const message = emulator.postMessage({ channelId: channel.id, authorId: user.id, files });
  const [attachment] = message.attachments;
  assert.ok(attachment);
  return { emulator, channel, user, message, attachment, url: attachment.url };
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

test('an expired link returns 404, and fetching the message again returns a valid link', async (t) => {
  const { emulator, channel, message, url } = await stageClip(t, { leaseSeconds: 2 });
  const expires = Number.parseInt(new URL(url).searchParams.get('ex') ?? '', 16) * 1000;
  assert.ok(expires - Date.now() <= 2000);
  await pause(expires - Date.now() + 5);
  const dead = await fetch(url);
  assert.equal(dead.status, 404);
  assert.equal(await dead.text(), 'This content is no longer available.');

  const again = await callRest(emulator, `/channels/${channel.id}/messages/${message.id}`);
  const fresh = (again.json as APIMessage).attachments[0]?.url ?? '';
  assert.equal((await fetch(fresh)).status, 200);
  const body = JSON.stringify({ attachment_urls: [url] });
  const { json } = await callRest(emulator, '/attachments/refresh-urls', { method: 'POST', body });
  const [first] = (json as { refreshed_urls: { original: string; refreshed: string }[] })
    .refreshed_urls;
  assert.equal(first?.original, url);
  assert.equal((await fetch(first.refreshed)).status, 200);
});

test('if an attachment is requested twice within the configured signing period, both links are the same', async (t) => {
  const { emulator, channel, url } = await stageClip(t, { signBucketSeconds: 86_400 });
  await pause(1100);
  assert.equal(emulator.messages(channel.id)[0]?.attachments[0]?.url, url);
});

test('a link with a changed signature, expiry or file name returns 404', async (t) => {
  const { url } = await stageClip(t);
  const later = url.replace(/ex=\w+/, 'ex=ffffffff');
  for (const forged of [later, url.replace(/hm=\w/, 'hm=x'), url.replace('my_clip', 'other')]) {
    assert.equal((await fetch(forged)).status, 404);
  }
});

test('the link of a removed attachment or a deleted message returns 404 at once', async (t) => {
  const { emulator, channel, user, message, attachment, url } = await stageClip(t);
  const key = { channelId: channel.id, messageId: message.id };
  emulator.removeAttachment({ ...key, attachmentId: attachment.id });
  assert.equal((await fetch(url)).status, 404);

  const files = [{ filename: 'a.mp4', bytes: BYTES }];
  const other = emulator.postMessage({ channelId: channel.id, authorId: user.id, files });
  emulator.deleteMessage({ channelId: channel.id, messageId: other.id });
  assert.equal((await fetch(other.attachments[0]?.url ?? '')).status, 404);
});

test('a range request gets exactly the requested bytes, and a HEAD request gets no bytes', async (t) => {
  const { emulator, url } = await stageClip(t);
  const get = (range: string, more = {}) => fetch(url, { headers: { range, ...more } });
  const middle = await get('bytes=1000-1999');
  assert.equal(middle.status, 206);
  assert.equal(middle.headers.get('content-range'), 'bytes 1000-1999/200000');
  assert.deepEqual(await bodyOf(middle), BYTES.subarray(1000, 2000));
  assert.deepEqual(await bodyOf(await get('bytes=-10')), BYTES.subarray(-10));
  assert.deepEqual(await bodyOf(await get('bytes=199990-999999')), BYTES.subarray(199_990));

  const beyond = await get('bytes=200000-');
  assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */200000']);

  const etag = middle.headers.get('etag') ?? '';
  assert.equal((await get('bytes=0-0', { 'if-range': etag })).status, 206);
  const changed = await get('bytes=0-0', { 'if-range': '"another"' });
  assert.deepEqual([changed.status, (await bodyOf(changed)).length], [200, 200_000]);

  const sent = emulator.stats.cdnBytes;
  const head = await fetch(url, { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '200000');
  assert.equal(head.headers.get('content-type'), 'video/mp4');
  assert.equal(emulator.stats.cdnBytes, sent);
  assert.equal(sent, 1000 + 10 + 10 + 1 + 200_000);
  assert.equal(emulator.stats.requests(/^CDN GET/), 6);
});

test('the CDN interprets unusual Range headers according to RFC 9110', () => {
  assert.equal(parseRange(undefined, 10), 'whole');
  assert.equal(parseRange('bytes=-', 10), 'whole');
  assert.equal(parseRange('bytes=5-2', 10), 'whole');
  assert.equal(parseRange('bytes=0-1,3-4', 10), 'whole');
  assert.equal(parseRange('lines=0-1', 10), 'whole');
  assert.equal(parseRange('bytes=-0', 10), 'unsatisfiable');
  assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(parseRange('bytes=-3', 0), 'unsatisfiable');
  assert.deepEqual(parseRange('bytes=-30', 10), { start: 0, end: 9 });
});

test('the emulator can be set to ignore ranges, leave out dimensions and put the message id into links', async (t) => {
  const quirks = { cdnIgnoresRange: true, bareAttachments: true, messageIdInLinks: true };
  const { attachment, message, url } = await stageClip(t, { quirks });
  assert.equal(attachment.width, undefined);
  assert.ok(url.includes(`/${message.id}/my_clip.mp4`));
  const response = await fetch(url, { headers: { range: 'bytes=0-9' } });
  assert.deepEqual([response.status, (await bodyOf(response)).length], [200, 200_000]);
});

test('an injected CDN fault aborts a download after the configured number of bytes', async (t) => {
  const { emulator, url } = await stageClip(t);
  emulator.faults.add({ route: 'cdn', times: 1, dropAfterBytes: 5000 });
  const response = await fetch(url);
  await assert.rejects(response.arrayBuffer());
  assert.equal(emulator.stats.cdnBytes, 5000);
  assert.equal((await fetch(url)).status, 200);
});

test('a client that hangs up during a download does not disturb the next download', async (t) => {
  const { emulator, channel, user } = await stageClip(t);
  const files = [{ filename: 'big.mp4', bytes: new Uint8Array(20_000_000) }];
  const big = emulator.postMessage({ channelId: channel.id, authorId: user.id, files });
  const url = big.attachments[0]?.url ?? '';
  const response = await fetch(url);
  await response.body?.cancel();
  await until('the request to end', () => emulator.stats.log.at(-1)?.status === 200);
  assert.ok(emulator.stats.cdnBytes < 20_000_000);
  assert.equal((await bodyOf(await fetch(url))).length, 20_000_000);
});

test('the emulated CDN serves an avatar even if the link has no signature', async (t) => {
  const { emulator } = await stage(t);
  const avatar = Buffer.from('a picture');
  const user = emulator.addUser({ username: 'pictured', avatar });
  const response = await fetch(
    `${emulator.cdnOrigin}/avatars/${user.id}/${user.avatar}.png?size=128`,
  );
  assert.equal(response.headers.get('content-type'), 'image/png');
  assert.equal(await response.text(), 'a picture');
  assert.equal((await fetch(`${emulator.cdnOrigin}/avatars/${user.id}/feed.png`)).status, 404);
});
