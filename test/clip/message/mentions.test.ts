import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { namesIn, resolveMentions, type Names } from '../../../src/clip/message/mentions.ts';

const USERS = [
  { id: '1', username: '_juno', global_name: 'Juno' },
  { id: '2', username: 'nameless', global_name: null },
];
const NAMES: Names = {
  findChannelName: (id) => (id === '3' ? 'overtime' : null),
  findRoleName: (id) => (id === '4' ? 'Clippers' : null),
};
const resolve = (text: string): string => resolveMentions(text, USERS, NAMES);

describe('mentions', () => {
  test('mentions become the names of users, channels, roles and emoji', () => {
    assert.equal(
      resolve('<@1> and <@!2> in <#3>, <@&4>: <:kekw:5> <a:dance:6>'),
      '@Juno and @nameless in #overtime, @Clippers: :kekw: :dance:',
    );
  });

  test('mentions without a known name stay as they are', () => {
    const unknown = '<@9> <@!9> <#9> <@&9> <@x> <#> <:no:> <t:1618953630:R> </slash:9> @everyone';
    assert.equal(resolve(unknown), unknown);
    assert.equal(resolveMentions('<#3> <@&4>', [], {}), '<#3> <@&4>');
  });

  test('if a user, channel or role mention contains an id of another kind, the mention stays unchanged', () => {
    assert.equal(resolve('<#1> <@3> <@&1> <@4>'), '<#1> <@3> <@&1> <@4>');
  });

  test('if a mentioned name contains special characters or markup, the text shows the name unchanged', () => {
    const users = [{ id: '1', username: 'x', global_name: "$& $1 <#3> <@&4> <:a:5> $'" }];
    assert.equal(resolveMentions('by <@1>', users, NAMES), "by @$& $1 <#3> <@&4> <:a:5> $'");
  });

  test('a text can mention its own channel, although a list of the channels of a server has no threads', () => {
    const thread = { channelId: '7', channelName: 'best of March', ...NAMES };
    const text = '<#7> beats <#3> and <#8>';
    assert.equal(
      resolveMentions(text, [], namesIn(thread)),
      '#best of March beats #overtime and <#8>',
    );
    const { channelId, channelName } = thread;
    assert.equal(
      resolveMentions(text, [], namesIn({ channelId, channelName })),
      '#best of March beats <#3> and <#8>',
    );
    const nameless = { ...thread, channelName: '7' };
    assert.equal(resolveMentions('<#7>', [], namesIn(nameless)), '<#7>');
  });

  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('<', '>', '<@', '<@!', '<@&', '<#', '<:', '<a:', ':', '1', '2', '3', '4', '$&'),
  );
  const texts = fc.array(piece).map((pieces) => pieces.join(''));

  test('resolving mentions never throws, whatever the text', () => {
    fc.assert(fc.property(texts, (text) => assert.equal(typeof resolve(text), 'string')));
  });

  test('if a text contains no mentions, resolving mentions does not change the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const plain = text.replaceAll('<', '');
        assert.equal(resolve(plain), plain);
      }),
    );
  });
});
