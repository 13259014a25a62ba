import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageText } from '../../src/library/pages/message-text.tsx';
import { splitMessage } from '../../src/library/texts/split-message.ts';

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

  const marked: [string, string][] = [
    ['**no**', '<strong>no</strong>'],
    ['*so* close, _so_ close', '<em>so</em> close, <em>so</em> close'],
    ['__this__ ~~not that~~', '<u>this</u> <s>not that</s>'],
    ['***all*** in', '<em><strong>all</strong></em> in'],
    ['**a *b* c**', '<strong>a <em>b</em> c</strong>'],
    ['un**believ**able', 'un<strong>believ</strong>able'],
    ['type `**gg**` or ``a`b``', 'type <code>**gg**</code> or <code>a`b</code>'],
    ['```js\nx * y * z\n```', '<code>x * y * z</code>'],
  ];
  for (const [message, html] of marked) {
    test(`the marks of ${JSON.stringify(message)} become elements`, () => {
      assert.equal(htmlOf(message), `<div class="message" dir="auto">${html}</div>`);
    });
  }

  test('signs that mark nothing stay as they are', () => {
    for (const text of [
      '2 * 3 * 4',
      'my_clip_1 and your_clip_2',
      '**never ends',
      'never begins**',
      '****',
      '*****a*****',
      'a ~ b ~~ c',
      '`never ends',
    ]) {
      assert.deepEqual(splitMessage(text), [{ kind: 'text', text }]);
    }
    assert.deepEqual(splitMessage('¯\\_(ツ)_/¯ \\*a\\*'), [
      { kind: 'text', text: '¯_(ツ)_/¯ *a*' },
    ]);
  });

  test('marks go around links and spoilers, and never into the address of a link or out of a spoiler', () => {
    assert.match(
      htmlOf('**see https://a.example/b_c_d*e**'),
      /<strong>see <a href="https:\/\/a\.example\/b_c_d\*e" [^>]+>https:\/\/a\.example\/b_c_d\*e<\/a><\/strong>/,
    );
    const covered = htmlOf('**it ||*was* me** and `x||`');
    assert.match(covered, /\*\*it <label class="spoiler">.*<em>was<\/em> me\*\* and `x<\/span>/);
    assert.match(htmlOf('**||x||**'), /<strong><label class="spoiler">/);
  });

  test('HTML in marks and code is escaped', () => {
    assert.doesNotMatch(htmlOf('**<b>** `<i>` _<u>_'), /<[bi]>|<u>.*<u>/);
  });

  test('a message of thousands of marks nests few elements', () => {
    const depthOf = (parts: ReturnType<typeof splitMessage>): number =>
      Math.max(0, ...parts.map((part) => ('parts' in part ? 1 + depthOf(part.parts) : 0)));
    const depths = ['***a ', '*_a ', '*a _b ~~c __d '].map((open) => {
      const close = open.trim().replace(/\w/g, '').split(' ').reverse().join('c');
      return depthOf(splitMessage(open.repeat(2000) + `c${close}`.repeat(2000)));
    });
    assert.ok(Math.max(...depths) > 3 && Math.max(...depths) < 50, String(depths));
  });
});
