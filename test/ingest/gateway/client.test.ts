import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, Events, PermissionFlagsBits } from 'discord.js';
import { createGatewayClient } from '../../../src/ingest/gateway/client.ts';
import { createLogger } from '../../../src/log.ts';
import { heapBytes } from '../../support/heap-bytes.ts';

const BOT = { id: '1196521684992999999', username: 'everclip', discriminator: '0', bot: true };
const GUILD = '1196521684992000001';
const CHANNEL = '1196521684992000058';
const THREAD = '1196521684992000060';
const MEMBER = { roles: [], joined_at: '2024-01-01T00:00:00Z', deaf: false, mute: false, flags: 0 };
const PERMISSIONS = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory;

const userOf = (n: number) => ({
  id: String(356299278253000000n + BigInt(n)),
  username: `juno_${n}`,
  global_name: `Juno ${n}`,
  discriminator: '0',
  avatar: `0a1b2c3d4e5f60718293${n}`,
});

const FAILING_LOG = {
  debug: () => undefined,
  warn: (...words: unknown[]) => assert.fail(words.map(String).join(' ')),
};

/** A client that is not connected. `receive` hands it a packet, as a connection to the gateway does. */
function stage(log: Parameters<typeof createGatewayClient>[1] = FAILING_LOG): {
  client: Client<true>;
  receive: (t: string, d: object) => void;
} {
  const fail = () => Promise.reject(new Error('the test has no server'));
  const client = createGatewayClient({ discordApiUrl: 'https://discord.com/api' }, log, fail);
  const manager = client.ws as unknown as {
    status: number;
    handlePacket: (packet: object, shard: object) => void;
  };
  // Status 0 means that the session is ready. Until the session is ready, discord.js queues the packets.
  manager.status = 0;
  const shard = { id: 0, status: 0, checkReady: () => undefined, expectedGuilds: new Set() };
  const receive = (t: string, d: object) => {
    manager.handlePacket(structuredClone({ op: 0, t, d }), shard);
  };
  receive('READY', {
    user: BOT,
    guilds: [{ id: GUILD, unavailable: true }],
    application: { id: '1' },
  });
  const thread = { id: THREAD, parent_id: CHANNEL, type: 11, name: 'finals', guild_id: GUILD };
  receive('GUILD_CREATE', {
    id: GUILD,
    name: 'Clip club',
    roles: [{ id: GUILD, name: '@everyone', permissions: String(PERMISSIONS) }],
    members: [{ user: BOT, ...MEMBER }],
    channels: [{ id: CHANNEL, type: 0, name: 'overtime', permission_overwrites: [] }],
    threads: [{ ...thread, thread_metadata: { archived: false } }],
  });
  return { client: client as Client<true>, receive };
}

test('if each message has a new author, discord.js keeps only the user and the member of the bot', () => {
  const { client, receive } = stage();
  const post = (n: number) => {
    const channelId = n % 2 === 0 ? CHANNEL : THREAD;
    receive('MESSAGE_CREATE', {
      id: String(1300000000000000000n + BigInt(n)),
      channel_id: channelId,
      guild_id: GUILD,
      type: 0,
      content: 'gg',
      author: userOf(n),
      member: MEMBER,
      attachments: [],
      embeds: [],
      mentions: [{ ...userOf(n + 1), member: MEMBER }],
    });
    const member = {
      id: channelId,
      user_id: userOf(n).id,
      join_timestamp: MEMBER.joined_at,
      flags: 0,
    };
    receive('THREAD_MEMBERS_UPDATE', { id: THREAD, guild_id: GUILD, added_members: [member] });
  };
  const guild = client.guilds.cache.get(GUILD);
  assert.ok(guild);
  post(0);
  const beforeBytes = heapBytes();
  for (let n = 1; n <= 5000; n++) post(n);
  const kilobytes = (heapBytes() - beforeBytes) / 1000;
  const thread = client.channels.cache.get(THREAD);
  assert.ok(thread?.isThread());
  for (const { cache } of [client.users, guild.members]) {
    assert.equal(cache.size, 1);
    assert.ok(cache.has(BOT.id));
  }
  assert.equal(thread.members.cache.size, 0);
  assert.ok(kilobytes < 1000, `the caches grew by ${Math.round(kilobytes)} KB`);
  const permissions = guild.channels.cache.get(CHANNEL)?.permissionsFor(client.user);
  assert.equal(permissions?.bitfield, PERMISSIONS, 'the permissions of the bot are known');
});

test('if discord.js fails a hundred times for the same reason, the log has one warning and 99 debug lines', () => {
  const lines: string[] = [];
  const log = Object.assign(createLogger('silent', 'test'), {
    debug: (_: object, text: string) => void lines.push(`debug: ${text}`),
    warn: (_: object, text: string) => void lines.push(`warn: ${text}`),
  });
  const { client, receive } = stage(log);
  const faults = {
    'could not read a gateway event': (n: number) => {
      receive('CHANNEL_UPDATE', {
        id: `${CHANNEL}${n}`,
        guild_id: GUILD,
        type: 0,
        permission_overwrites: 7,
      });
    },
    'discord.js error': () => {
      client.emit(Events.Error, new Error('no guild'));
    },
  };
  for (const [text, fail] of Object.entries(faults)) {
    lines.length = 0;
    for (let n = 0; n < 100; n++) fail(n);
    assert.equal(lines.length, 100, text);
    assert.match(lines[0] ?? '', new RegExp(`^warn: .*${text}`));
    assert.deepEqual(
      lines.slice(1).filter((line) => !line.startsWith('debug: ')),
      [],
    );
  }
});
