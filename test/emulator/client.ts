import { once } from 'node:events';
import type { TestContext } from 'node:test';

import { Client, GatewayIntentBits, type ClientOptions } from 'discord.js';

import type { Emulator } from '../../src/emulator/emulator.ts';

export interface Packet {
  readonly t: string | null;
  readonly s: number | null;
  readonly d: Record<string, unknown>;
}

/** A real discord.js client of the emulator, not logged in; it ends with the test. */
export function makeClient(t: TestContext, emulator: Emulator, more: Partial<ClientOptions> = {}) {
  const client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ],
    rest: { api: emulator.apiUrl },
    // discord.js waits five seconds between two IDENTIFYs; the emulator doesn't ask for that.
    ws: { buildIdentifyThrottler: () => ({ waitForIdentify: () => Promise.resolve() }) },
    ...more,
  });
  // An emulator that stops cuts the connection, which is an error to a client that is still there.
  client.on('error', () => undefined);
  t.after(() => client.destroy());
  const packets: Packet[] = [];
  client.on('raw', (packet: Packet) => packets.push(packet));
  return { client, packets };
}

/** A discord.js client that is logged in and ready. */
export async function login(t: TestContext, emulator: Emulator, more: Partial<ClientOptions> = {}) {
  const { client, packets } = makeClient(t, emulator, more);
  const ready = once(client, 'clientReady');
  await client.login(emulator.token);
  await ready;
  return { client, packets };
}
