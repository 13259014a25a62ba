import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AttachmentFlags, MessageFlags, type APIMessage } from 'discord-api-types/v10';
import fc from 'fast-check';
import type { Clip } from '../../../src/clip/clip.ts';
import { clipsOfMessage, findAttachment, hasClip } from '../../../src/clip/message.ts';
import { hasUnreadableAttachment } from '../../../src/clip/message/files.ts';
import { aMessage, anAttachment, PLACE, RULES, signedLink } from '../a-message.ts';
import { COMPONENTS_V2 } from '../payloads/read.ts';

const ID = '1295276127115542530';
const link = (path: string) => signedLink({ path, expiresAt: 1_709_373_600 });
const URL_OF_ID = link(`/attachments/1196521684992000058/${ID}/ace.mp4`);

/** A message that shows only these components. */
const showing = (...components: object[]): APIMessage =>
  aMessage({
    content: '',
    attachments: [],
    flags: MessageFlags.IsComponentsV2,
    components: components as never,
  });

const gallery = (...media: object[]) => ({
  type: 12,
  items: media.map((each) => ({ media: each })),
});
const file = (media: object, more: object = {}) => ({ type: 13, file: media, ...more });
const clipsOf = (message: APIMessage): Clip[] => clipsOfMessage(message, PLACE, RULES);
const namesOf = (...components: object[]): string[] =>
  clipsOf(showing(...components)).map(({ filename }) => filename);

describe('the clips of components', () => {
  test('if a container holds a gallery and a file component, their video files are clips', () => {
    assert.ok(hasClip(COMPONENTS_V2, RULES));
    const [ace, second, ...others] = clipsOf(COMPONENTS_V2);
    assert.deepEqual(others, []);
    const common = {
      messageId: '1295276128952516641',
      channelId: PLACE.channelId,
      channelName: 'overtime',
      guildId: PLACE.guildId,
      guildName: 'Clip Club',
      poster: {
        id: '100000000000000001',
        username: 'clipbot',
        displayName: 'clipbot',
        avatar: null,
      },
      postedBy: {
        id: '100000000000000004',
        username: 'marlow',
        displayName: 'Marlow',
        avatar: null,
      },
      postedAtMs: Date.parse('2026-10-14T06:44:54.209Z'),
      description: '**Ace on Sunset**',
      contentType: 'video/mp4',
    };
    assert.deepEqual(ace, {
      ...common,
      attachmentId: '100000000000000003',
      filename: 'ace.mp4',
      url: 'https://cdn.discordapp.com/attachments/100000000000000002/100000000000000003/ace.mp4?ex=670e13f6&is=670cc276&hm=00',
      width: 1920,
      height: 1080,
      spoiler: true,
    });
    assert.deepEqual(second, {
      ...common,
      attachmentId: '1295276127115542530',
      filename: 'second.mp4',
      url: 'https://cdn.discordapp.com/attachments/100000000000000002/1295276127115542530/second.mp4?ex=670e13f6&is=670cc276&hm=00',
    });
  });

  test('if components are in sections, nested containers or forwarded messages, their clips are found', () => {
    const section = { type: 9, components: [gallery({ url: URL_OF_ID })], accessory: { type: 2 } };
    const container = { type: 17, components: [{ type: 17, components: [section] }] };
    assert.deepEqual(namesOf(container), ['ace.mp4']);
    const forward = aMessage({
      content: '',
      attachments: [],
      message_snapshots: [{ message: showing({ type: 10, content: 'an ace' }, container) }],
    });
    const [clip] = clipsOf(forward);
    assert.deepEqual([clip?.filename, clip?.description], ['ace.mp4', 'an ace']);
  });

  test('if a component has no attachment_id, the id comes from the path of its URL', () => {
    const [clip] = clipsOf(
      showing(gallery({ url: URL_OF_ID, attachment_id: '100000000000000009' })),
    );
    assert.equal(clip?.attachmentId, '100000000000000009');
    const [named] = clipsOf(showing(gallery({ url: URL_OF_ID })));
    assert.equal(named?.attachmentId, ID);
    const encoded = link(`/attachments/1196521684992000058/${ID}/h%C3%B6chst%20%25.mp4`);
    assert.deepEqual(namesOf(gallery({ url: encoded })), ['höchst %.mp4']);
    const broken = link(`/attachments/1196521684992000058/${ID}/100%.mp4`);
    assert.deepEqual(namesOf(gallery({ url: broken })), ['100%.mp4']);
    const noPath = { url: 'https://cdn.discordapp.com/x', attachment_id: ID };
    assert.deepEqual(namesOf(file(noPath, { name: 'told.mp4', size: 7 })), ['told.mp4']);
  });

  test('if Discord gives the size of a File component, the clip has that size', () => {
    const [clip] = clipsOf(showing(file({ url: URL_OF_ID }, { size: 24_117_248 })));
    assert.equal(clip?.sizeBytes, 24_117_248);
  });

  test('if media in a component are not on MEDIA_HOSTS or were not uploaded to Discord, they are not clips', () => {
    const elsewhere = [
      `https://evil.example/attachments/1196521684992000058/${ID}/ace.mp4`,
      `https://cdn.discordapp.com.evil.example/attachments/1196521684992000058/${ID}/ace.mp4`,
      `https://user@cdn.discordapp.com/attachments/1196521684992000058/${ID}/ace.mp4`,
      `http://cdn.discordapp.com/attachments/1196521684992000058/${ID}/ace.mp4`,
      `attachment://ace.mp4`,
      'https://media.discordapp.net/external/abc/https/example.org/ace.mp4',
      `file:///attachments/1/${ID}/ace.mp4`,
    ];
    for (const url of elsewhere)
      assert.deepEqual(namesOf(gallery({ url }), file({ url })), [], url);
    const own = { ...RULES, mediaHosts: ['https://evil.example'] };
    const message = showing(gallery({ url: elsewhere[0] }));
    assert.equal(clipsOfMessage(message, PLACE, own).length, 1);
  });

  test('if a file or component has another type, it is not a clip', () => {
    const png = link(`/attachments/1196521684992000058/${ID}/a.png`);
    assert.deepEqual(namesOf(gallery({ url: png, content_type: 'image/png' })), []);
    assert.deepEqual(namesOf({ type: 11, media: { url: URL_OF_ID } }), []);
    assert.deepEqual(namesOf({ type: 12 }, { type: 13 }, { type: 12, items: [null, {}] }), []);
  });

  test('if the item, its container or the file name is marked as a spoiler, the clip is a spoiler', () => {
    const isSpoiler = (component: object) => clipsOf(showing(component))[0]?.spoiler;
    const media = { url: URL_OF_ID };
    assert.equal(isSpoiler({ type: 12, items: [{ media, spoiler: true }] }), true);
    assert.equal(isSpoiler(file(media, { spoiler: true })), true);
    assert.equal(isSpoiler({ type: 17, spoiler: true, components: [file(media)] }), true);
    const named = link(`/attachments/1196521684992000058/${ID}/SPOILER_ace.mp4`);
    assert.equal(isSpoiler(file({ url: named })), true);
    assert.equal(isSpoiler({ type: 17, components: [file(media)] }), undefined);
  });

  test('if a gallery item has a description, the description is the alt text of the clip', () => {
    const items = [{ media: { url: URL_OF_ID }, description: 'five in a row' }];
    assert.equal(clipsOf(showing({ type: 12, items }))[0]?.altText, 'five in a row');
  });

  test('if a message shows a file twice or also as an attachment, the file is one clip', () => {
    assert.equal(clipsOf(showing(gallery({ url: URL_OF_ID }), file({ url: URL_OF_ID }))).length, 1);
    const attachments = [anAttachment({ id: ID, title: 'An ace' })];
    const [clip, ...others] = clipsOf({
      ...showing(file({ url: URL_OF_ID }, { spoiler: true })),
      attachments,
    });
    assert.deepEqual([clip?.title, clip?.spoiler, others], ['An ace', true, []]);
  });

  test('if a message has text components, they are its text, with names instead of ids', () => {
    const text = (content: string) => ({ type: 10, content });
    const container = { type: 17, components: [text('best of'), text('<#1196521684992000058>')] };
    const [clip] = clipsOf(showing(container, gallery({ url: URL_OF_ID })));
    assert.equal(clip?.description, 'best of\n#overtime');
  });

  test('if a message was edited into components, its attachment is still found', () => {
    const edited = showing(gallery({ url: URL_OF_ID, attachment_id: ID }));
    assert.equal(findAttachment(edited, ID, RULES)?.attachment.url, URL_OF_ID);
    assert.equal(findAttachment(COMPONENTS_V2, '1295276127115542531', RULES), null);
  });

  test('if an edit makes the file of a clip the thumbnail of a thread, the file is still found, so the clip is kept', () => {
    const flags = AttachmentFlags.IsThumbnail;
    const edited = aMessage({ attachments: [anAttachment({ id: ID, flags })] });
    assert.deepEqual(clipsOf(edited), []);
    assert.equal(findAttachment(edited, ID, RULES)?.attachment.url, anAttachment({ id: ID }).url);
  });

  test('if a component links to another server, its URL never replaces the link of an attachment', () => {
    const url = `https://evil.example/attachments/1196521684992000058/${ID}/ace.mp4`;
    const message = showing(gallery({ url, attachment_id: ID }));
    assert.equal(findAttachment(message, ID, RULES), null);
    const both = { ...message, attachments: [anAttachment({ id: ID })] };
    assert.equal(findAttachment(both, ID, RULES)?.attachment.url, anAttachment({ id: ID }).url);
  });

  test('if the URL of a component does not show which file it is, the component may show any attachment', () => {
    const hides = (media: object, hosts = RULES.mediaHosts) =>
      hasUnreadableAttachment(showing(gallery(media)), hosts);
    for (const url of [undefined, null, '', 'attachment://ace.mp4']) {
      assert.ok(hides({ url }), String(url));
      assert.ok(hides({ url, attachment_id: ID }), `${String(url)} with an id`);
    }
    assert.ok(!hides({ url: 'https://e.example/x.mp4' }), 'a file of another server');
    const avatar = 'https://cdn.discordapp.com/avatars/1/a.png';
    assert.ok(!hides({ url: avatar }), 'a picture of Discord');
    const other = 'https://files.example/x.mp4';
    assert.ok(hides({ url: other }, ['https://files.example']), 'a file of the compatible server');
    assert.ok(!hides({ url: URL_OF_ID }));
    assert.ok(!hides({ url: URL_OF_ID, attachment_id: ID }));
  });

  test('if the file name in a URL contains encoded control characters, the name stays encoded', () => {
    const path = `/attachments/1196521684992000058/${ID}`;
    for (const name of ['a%0Aforged.mp4', 'a%1B%5B2J.mp4', 'a%E2%80%AE4pm.mp4']) {
      assert.deepEqual(namesOf(gallery({ url: link(`${path}/${name}`) })), [name]);
    }
  });

  test('if components are malformed or deeply nested, they are read without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (components, items) => {
        const message = showing({ type: 12, items }, { type: 13, file: items });
        clipsOf({ ...message, components: components as never });
        clipsOf(message);
      }),
    );
    let deep: object = gallery({ url: URL_OF_ID });
    for (let depth = 0; depth < 20_000; depth++) deep = { type: 17, components: [deep] };
    assert.deepEqual(namesOf(deep), ['ace.mp4']);
  });
});
