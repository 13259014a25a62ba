import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  attachmentIdIn,
  isOfAnotherAttachment,
  isUnreadable,
  isWebLink,
} from '../../src/clip/link.ts';

const DISCORD = 'https://cdn.discordapp.com/attachments/11/22/x.mp4';
const OTHER = 'https://cdn.example/attachments/11/22/x.mp4';

describe('an attachment link', () => {
  test('a Discord link without a readable expiry counts as unreadable, but an unsigned link of another server does not', () => {
    assert.equal(isUnreadable(`${DISCORD}?ex=65e2f8a0&is=65e1a720&hm=00`), false);
    assert.equal(isUnreadable(DISCORD), true);
    assert.equal(isUnreadable(`${DISCORD}?ex=65e2f8a0123456`), true);
    assert.equal(isUnreadable(OTHER), false);
    assert.equal(isUnreadable(`${OTHER}?ex=tomorrow`), true);
    assert.equal(isUnreadable(`${OTHER}?ex=18dfa0c2b00`), false, 'milliseconds are understood');
  });

  test('if a link contains several ids, the attachment id is read only from the path', () => {
    assert.equal(attachmentIdIn(DISCORD), '22');
    assert.equal(attachmentIdIn('https://cdn.example/22/x.mp4'), null);
    assert.equal(attachmentIdIn('https://cdn.example/x.mp4?a=/attachments/11/22/x.mp4'), null);
    assert.equal(isOfAnotherAttachment(DISCORD, OTHER), false);
    assert.equal(isOfAnotherAttachment(DISCORD.replace('22', '33'), OTHER), true);
    assert.equal(isOfAnotherAttachment('https://cdn.example/x.mp4', OTHER), false);
  });

  test('if a link does not start with http or https, the link is not a web link', () => {
    for (const url of ['http://a/b', 'HTTPS://a/b']) assert.equal(isWebLink(url), true, url);
    for (const url of [null, undefined, 7, '', 'ftp://a/b', 'file:///etc/passwd', ' https://a'])
      assert.equal(isWebLink(url), false, String(url));
  });
});
