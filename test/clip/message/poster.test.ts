import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { posterOf, webhookIdOf } from '../../../src/clip/message/poster.ts';
import { aMessage, JUNO } from '../a-message.ts';

const WEBHOOK = '1283675776780079888';
const APPLICATION = '1283675776780079777';

/** Returns a message from a webhook, which can use a different name and avatar for each message. */
const byWebhook = (
  username: string,
  avatar: string | null = null,
  more: Partial<APIMessage> = {},
) =>
  aMessage({
    webhook_id: WEBHOOK,
    author: { id: WEBHOOK, username, avatar, discriminator: '0000', global_name: null, bot: true },
    ...more,
  });

describe('the poster of a message', () => {
  test('if a poster is a user, the id of their user data is their user id', () => {
    assert.deepEqual(posterOf(aMessage()), {
      id: JUNO.id,
      username: '_juno',
      displayName: 'Juno',
      avatar: null,
    });
    assert.equal(webhookIdOf(aMessage()), null);
  });

  test('if a webhook shows another name or avatar, its user data get another id', () => {
    const ids = [
      posterOf(byWebhook('Kestrel')),
      posterOf(byWebhook('Kestrel', '0a1b')),
      posterOf(byWebhook('Marlow')),
      posterOf(byWebhook('Marlow","0a1b')),
    ].map(({ userDataId }) => userDataId ?? '');
    assert.equal(new Set(ids).size, 4);
    for (const id of ids) assert.match(id, new RegExp(`^${WEBHOOK}-[0-9a-f]{16}$`));
    assert.deepEqual(posterOf(byWebhook('Kestrel')), posterOf(byWebhook('Kestrel')));
    assert.equal(posterOf(byWebhook('Kestrel')).displayName, 'Kestrel');
  });

  test('if an application owns a webhook, its messages still count as messages of a webhook', () => {
    assert.equal(webhookIdOf(byWebhook('Kestrel', null, { application_id: APPLICATION })), WEBHOOK);
  });

  test('if a bot answers a command, the poster is the bot, although the message contains a webhook id', () => {
    const user = { ...JUNO, bot: true };
    const answers: Partial<APIMessage>[] = [
      { webhook_id: APPLICATION, application_id: APPLICATION },
      { webhook_id: APPLICATION, interaction_metadata: { id: '1', type: 2, user: JUNO } as never },
    ];
    for (const answer of answers) {
      const message = aMessage({ author: user, ...answer });
      assert.equal(webhookIdOf(message), null);
      assert.ok(!('userDataId' in posterOf(message)));
    }
  });
});
