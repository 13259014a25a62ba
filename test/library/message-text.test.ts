import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageText, splitMessage } from '../../src/library/pages/message-text.tsx';

const htmlOf = (message: string) => (MessageText({ message }) as { toString(): string }).toString();

describe('the text of a message', () => {
  test('spoilers are covered, and links in spoilers are links', () => {
    assert.deepEqual(splitMessage('he ||wins https://a.example/x|| now'), [
      { kind: 'text', text: 'he ' },
      {
        kind: 'spoiler',
        parts: [
          { kind: 'text', text: 'wins ' },
          { kind: 'link', url: 'https://a.example/x' },
        ],
      },
      { kind: 'text', text: ' now' },
    ]);
    assert.match(
      htmlOf('||x||'),
      /<label class="spoiler"><input type="checkbox" aria-label="[^"]+"\/><span>x<\/span><\/label>/,
    );
  });

  test('only http and https become links, without the punctuation after them', () => {
    const linksIn = (text: string) =>
      splitMessage(text).flatMap((part) => (part.kind === 'link' ? [part.url] : []));
    assert.deepEqual(linksIn('see https://a.example/b?c=d#e, and (http://b.example).'), [
      'https://a.example/b?c=d#e',
      'http://b.example',
    ]);
    for (const text of [
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://a.example',
      'www.a.example',
      'https://',
    ]) {
      assert.deepEqual(linksIn(text), [], text);
    }
    assert.match(
      htmlOf('http://b.example'),
      /<a href="http:\/\/b\.example" rel="ugc nofollow noreferrer">/,
    );
  });

  test('HTML is escaped in texts, links and spoilers', () => {
    const html = htmlOf('<img src=x> ||<script>|| https://a.example/"onclick="x <b>');
    assert.doesNotMatch(html, /<(img|script|b)[ >]/);
    assert.doesNotMatch(html, /"onclick/);
  });

  test('signatures of links never appear, and a link without its signature is only a text', () => {
    const html = htmlOf(
      'https://cdn.discordapp.com/attachments/1/2/a.mp4?ex=66aa&is=66bb&hm=5ec5e7',
    );
    assert.doesNotMatch(html, /5ec5e7|<a /);
  });

  test('line breaks are kept, and control characters are not', () => {
    assert.deepEqual(splitMessage('a\r\nb\u202ec\u0007'), [{ kind: 'text', text: 'a\nb c' }]);
    assert.equal(MessageText({ message: ' \n ' }), null);
  });

  test('a message of 10,000 bars is split quickly', () => {
    const startedMs = performance.now();
    splitMessage('|'.repeat(10_000));
    splitMessage('||a'.repeat(3000));
    assert.ok(performance.now() - startedMs < 1000);
  });
});
