import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { posterOf, webhookIdOf } from '../../../src/clip/message/poster.ts';
import { aMessage, JUNO } from '../a-message.ts';

const WEBHOOK = '1283675776780079888';
const APPLICATION = '1283675776780079777';

/** A message of a webhook, which shows another name and avatar each time. */
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
  test('a user is known by their id alone', () => {
    assert.deepEqual(posterOf(aMessage()), {
      id: JUNO.id,
      username: '_juno',
      displayName: 'Juno',
      avatar: null,
    });
    assert.equal(webhookIdOf(aMessage()), null);
  });

  test('each name and avatar of a webhook has user data of its own', () => {
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

  test('a webhook that an application owns is a webhook', () => {
    assert.equal(webhookIdOf(byWebhook('Kestrel', null, { application_id: APPLICATION })), WEBHOOK);
  });

  test("a bot's answer to a command shows the bot, although it carries a webhook's id", () => {
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
