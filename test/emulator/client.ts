import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { Client, GatewayIntentBits, type ClientOptions } from 'discord.js';
import type { Emulator } from '../../src/emulator/emulator.ts';

/** A packet from the gateway, as discord.js passes it to `raw` listeners. */
export interface Packet {
  readonly t: string | null;
  readonly s: number | null;
  readonly d: Record<string, unknown>;
}

/** Creates a discord.js client that is not logged in. The client is destroyed after the test. */
export function createClient(
  t: TestContext,
  emulator: Emulator,
  options: Partial<ClientOptions> = {},
) {
  const client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ],
    rest: { api: emulator.apiUrl },
    // discord.js waits 5 s between two IDENTIFYs. The emulator does not need this pause.
    ws: { buildIdentifyThrottler: () => ({ waitForIdentify: () => Promise.resolve() }) },
    ...options,
  });
  // The client reports an error when the emulator stops and cuts the connection.
  client.on('error', () => undefined);
  t.after(() => client.destroy());
  const packets: Packet[] = [];
  client.on('raw', (packet: Packet) => packets.push(packet));
  return { client, packets };
}

/** Creates a discord.js client that is logged in and ready. */
export async function login(
  t: TestContext,
  emulator: Emulator,
  options: Partial<ClientOptions> = {},
) {
  const { client, packets } = createClient(t, emulator, options);
  const ready = once(client, 'clientReady');
  await client.login(emulator.token);
  await ready;
  return { client, packets };
}
