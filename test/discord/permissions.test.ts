import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChannelType, OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10';
import { missingPermissions } from '../../src/discord/permissions.ts';

describe('missingPermissions', () => {
  const { ViewChannel, ReadMessageHistory, Administrator, SendMessages } = PermissionFlagsBits;
  const BOTH = ViewChannel | ReadMessageHistory;
  const role = (id: string, permissions: bigint) =>
    ({ id, permissions: String(permissions) }) as never;
  const overwrite = (id: string, allow: bigint, deny: bigint, type = OverwriteType.Role) => ({
    id,
    type,
    allow: String(allow),
    deny: String(deny),
  });
  const missing = (
    { everyone = 0n, mine = 0n, owner = '9' }: { everyone?: bigint; mine?: bigint; owner?: string },
    ...overwrites: ReturnType<typeof overwrite>[]
  ) =>
    missingPermissions(
      {
        id: '1',
        owner_id: owner,
        roles: [role('1', everyone), role('2', mine), role('3', BOTH), role('4', 0n)],
      },
      { id: '7', roles: ['2', '4'] },
      overwrites,
    );

  test('a member has only the permissions of @everyone and of the roles that the member has', () => {
    assert.deepEqual(missing({}), ['View Channel', 'Read Message History']);
    assert.deepEqual(missing({ everyone: ViewChannel, mine: ReadMessageHistory }), []);
    assert.deepEqual(missing({ everyone: SendMessages | ViewChannel }), ['Read Message History']);
  });

  test('administrators and the owner have all permissions, whatever the permission overwrites say', () => {
    const denied = overwrite('1', 0n, BOTH);
    assert.deepEqual(missing({ mine: Administrator }, denied), []);
    assert.deepEqual(missing({ owner: '7' }, denied), []);
    assert.deepEqual(missing({ everyone: BOTH }, denied).length, 2);
  });

  test('if a channel is a voice or stage channel, reading it requires Connect; other channels do not', () => {
    const guild = { id: '1', owner_id: '9', roles: [role('1', BOTH)] };
    const lacking = (type: ChannelType) =>
      missingPermissions(guild, { id: '7', roles: [] }, [], type);
    assert.deepEqual(lacking(ChannelType.GuildVoice), ['Connect']);
    assert.deepEqual(lacking(ChannelType.GuildStageVoice), ['Connect']);
    assert.deepEqual(lacking(ChannelType.GuildForum), []);
  });

  test('permission overwrites apply first for @everyone, then for all roles together, then for the member', () => {
    const everyone = { everyone: BOTH };
    const hidden = overwrite('1', 0n, ViewChannel);
    assert.deepEqual(missing(everyone, hidden), ['View Channel']);
    assert.deepEqual(missing(everyone, hidden, overwrite('2', ViewChannel, 0n)), []);
    assert.deepEqual(missing(everyone, overwrite('2', ViewChannel, 0n), hidden), []);
    const allowed = overwrite('2', ViewChannel, 0n);
    const denied = overwrite('4', 0n, ViewChannel);
    assert.deepEqual(
      missing(everyone, allowed, denied),
      [],
      'an allow of one role wins over a deny of another role',
    );
    assert.deepEqual(missing(everyone, denied, allowed), []);
    const own = overwrite('7', 0n, ReadMessageHistory, OverwriteType.Member);
    assert.deepEqual(missing(everyone, own, overwrite('4', ReadMessageHistory, 0n)), [
      'Read Message History',
    ]);
    assert.deepEqual(
      missing(everyone, overwrite('3', 0n, BOTH)),
      [],
      'the member does not have this role',
    );
    assert.deepEqual(missing(everyone, overwrite('8', 0n, BOTH, OverwriteType.Member)), []);
  });
});
