import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { serve } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { html } from 'hono/html';
import type { CatalogClip } from '../../../src/catalog/catalog.ts';
import { unfurl } from '../../../src/emulator/crawler/unfurl.ts';
import { PreviewHead } from '../../../src/library/preview/preview-head.tsx';
import { addPreviewRoutes } from '../../../src/library/preview/preview-routes.ts';
import { someBytes, stage } from '../../emulator/support.ts';
import { aClip, CLIP_ID } from '../../support/a-library.ts';
import { BASE, SETTINGS } from './preview-tags.ts';

const CDN = 'https://cdn.example';
const PAGE = `${BASE}/c/${CLIP_ID}`;
const VIDEO_BYTES = 200_000;

interface Changes {
  clip?: Partial<CatalogClip>;
  /** Serves the video instead of a redirect to the CDN. */
  video?: (context: Context, link: string) => Response | Promise<Response>;
  picture?: (context: Context) => Response | Promise<Response>;
}

/**
 * Serves a clip's page with its head, its redirect and its picture. The redirect leads to the emulator's CDN, which serves
 * signed links with ranges.
 */
async function stageLibrary(t: TestContext, { clip: changes, video, picture }: Changes = {}) {
  const { emulator, channel, user } = await stage(t);
  emulator.postMessage({
    channelId: channel.id,
    authorId: user.id,
    files: [{ filename: 'ace.mp4', bytes: someBytes(VIDEO_BYTES), contentType: 'video/mp4' }],
  });
  const [message] = emulator.messages(channel.id);
  const link = (message?.attachments[0]?.url ?? '').replace(emulator.cdnOrigin, CDN);
  const clip = aClip({ sizeBytes: VIDEO_BYTES, ...changes });
  const app = new Hono();
  addPreviewRoutes(app, {
    findClip: (id) => Promise.resolve(id === CLIP_ID ? clip : null),
    settings: SETTINGS,
    mediaHosts: [CDN],
  });
  app.get(`/c/${CLIP_ID}`, (context) =>
    context.html(
      html`<!doctype html>
        <html>
          <head>
            <meta charset="utf-8" />
            <title>Clip</title>
            ${PreviewHead({ clip, settings: SETTINGS })}
          </head>
          <body>
            <p>A clip</p>
          </body>
        </html>`,
    ),
  );
  app.get(`/c/${CLIP_ID}.mp4`, (context) => video?.(context, link) ?? context.redirect(link, 302));
  app.get(`/c/${CLIP_ID}/poster.jpg`, (context) =>
    picture
      ? picture(context)
      : context.body(new Uint8Array([0xff, 0xd8, 0xff]), 200, { 'content-type': 'image/jpeg' }),
  );
  const origin = await listen(t, app);
  const servers = { [BASE]: origin, [CDN]: emulator.cdnOrigin };
  return { emulator, app, link, servers };
}

async function listen(t: TestContext, app: Hono): Promise<string> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const started = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () =>
      resolve(started),
    );
  });
  t.after(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('what Discord shows of a clip’s page', () => {
  test('the clip plays after one redirect to the CDN', async (t) => {
    const { emulator, servers } = await stageLibrary(t);
    const preview = await unfurl(PAGE, { servers });
    assert.deepEqual(preview.faults, []);
    assert.equal(preview.kind, 'video');
    assert.equal(preview.title, 'Ace on Dust');
    assert.equal(preview.author, 'Soho');
    assert.equal(preview.provider, 'Ragtag Clips');
    assert.equal(preview.color, '#3DDC97');
    assert.deepEqual(preview.video, {
      url: `${PAGE}.mp4`,
      type: 'video/mp4',
      width: 1920,
      height: 1080,
      sizeBytes: VIDEO_BYTES,
    });
    assert.equal(preview.image?.type, 'image/jpeg');
    const requests = emulator.stats.log.map(({ request, status }) => [
      request.split(' ')[0],
      status,
    ]);
    assert.deepEqual(requests, [
      ['HEAD', 200],
      ['GET', 206],
    ]);
  });

  test('a second redirect is not followed, so only the picture is left', async (t) => {
    const { app, servers, link } = await stageLibrary(t, {
      video: (context) => context.redirect(`${BASE}/second`, 302),
    });
    app.get('/second', (context) => context.redirect(link, 302));
    const preview = await unfurl(PAGE, { servers });
    assert.equal(preview.kind, 'text');
    assert.deepEqual(preview.faults, ['video: more than 1 redirect']);
    assert.notEqual(preview.image, null);
  });

  test('a dead link of Discord makes the video drop out', async (t) => {
    const { servers } = await stageLibrary(t, {
      video: (context, link) => context.redirect(link.replace(/hm=\w/, 'hm=z'), 302),
    });
    const preview = await unfurl(PAGE, { servers });
    assert.equal(preview.kind, 'text');
    assert.deepEqual(preview.faults, ['video: status 404']);
  });

  test('a redirect to an http address is refused', async (t) => {
    const { servers } = await stageLibrary(t, {
      video: (context, link) => context.redirect(link.replace('https:', 'http:'), 302),
    });
    assert.deepEqual((await unfurl(PAGE, { servers })).faults, ['video: the address is not https']);
  });

  test('a video of another type than the tag says is refused', async (t) => {
    const clip = { contentType: 'video/quicktime', codec: 'h264' };
    const { servers } = await stageLibrary(t, { clip });
    assert.deepEqual((await unfurl(PAGE, { servers })).faults, [
      'video: the type is video/mp4, but the tag says video/quicktime',
    ]);
  });

  test('a video of more than 100 MB is refused, even if the catalog knows another size', async (t) => {
    const { servers } = await stageLibrary(t, {
      video: (context) =>
        context.body(null, 200, { 'content-type': 'video/mp4', 'content-length': '100000001' }),
    });
    assert.deepEqual((await unfurl(PAGE, { servers })).faults, [
      'video: larger than 100000000 bytes',
    ]);
  });

  test('a clip that Discord can’t play has a large picture', async (t) => {
    const { emulator, servers } = await stageLibrary(t, { clip: { codec: 'hevc' } });
    const preview = await unfurl(PAGE, { servers });
    assert.deepEqual(preview.faults, []);
    assert.equal(preview.kind, 'image');
    assert.equal(emulator.stats.log.length, 0, 'nobody asks for the video');
  });

  test('without a picture that works, Discord does not play the video', async (t) => {
    const { servers } = await stageLibrary(t, { picture: (context) => context.text('no', 404) });
    const preview = await unfurl(PAGE, { servers });
    assert.equal(preview.kind, 'text');
    assert.deepEqual(preview.faults, ['image: status 404', 'video: there is no image']);
  });

  test('a picture that is not a picture is refused', async (t) => {
    const { servers } = await stageLibrary(t, { picture: (context) => context.html('<p>no</p>') });
    const { faults } = await unfurl(PAGE, { servers });
    assert.equal(faults[0], 'image: the type is text/html');
  });

  test('a picture of another type than the tag says is refused', async (t) => {
    const picture = (context: Context) =>
      context.body(new Uint8Array([1]), 200, { 'content-type': 'image/webp' });
    const { servers } = await stageLibrary(t, { picture });
    const { faults } = await unfurl(PAGE, { servers });
    assert.equal(faults[0], 'image: the type is image/webp, but the tag says image/jpeg');
  });

  test('a spoiler shows the library’s name, and no title, text, author or picture of the clip', async (t) => {
    const { servers } = await stageLibrary(t, { clip: { isSpoiler: true } });
    const preview = await unfurl(PAGE, { servers });
    assert.equal(preview.kind, 'text');
    const { title, description, author, image } = preview;
    assert.deepEqual([title, description, author, image], ['Ragtag Clips', '', '', null]);
  });

  test('everything together may take ten seconds, not each part', async (t) => {
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());
    const picture = async (context: Context) => {
      await wait(60_000);
      return context.text('late');
    };
    const { servers } = await stageLibrary(t, { picture });
    const preview = await unfurl(PAGE, { servers, maxTotalMs: 300 });
    assert.equal(preview.kind, 'none');
    assert.deepEqual(preview.faults, ['timed out after 300 ms']);
  });
});
