import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';

import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.ts';

/** A started emulator with one guild, one text channel and one user; it stops with the test. */
export async function stage(t: TestContext, options: EmulatorOptions = {}) {
  const emulator = await startEmulator(options);
  t.after(() => emulator.stop());
  const guild = emulator.addGuild({ name: 'Clip club' });
  const channel = emulator.addChannel({ guildId: guild.id, name: 'overtime' });
  const user = emulator.addUser({ username: '_juno', globalName: 'Juno' });
  return { emulator, guild, channel, user };
}

/** Waits, 10 seconds at most, until `look` finds something. */
export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(10);
  }
}

/**
 * A REST call as the bot, without discord.js between. `json` is undefined where the answer is none.
 */
export async function call(
  emulator: Emulator,
  path: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${emulator.apiUrl}/v10${path}`, {
    ...init,
    headers: { authorization: `Bot ${emulator.token}`, ...init.headers },
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type') === 'application/json';
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

/** How a REST call ends: its HTTP status and the code of Discord's error, if it is one. */
export async function outcome(...args: Parameters<typeof call>) {
  const { status, json } = await call(...args);
  return [status, (json as { code?: number } | undefined)?.code];
}

/** Bytes that differ from place to place, so that a wrong range shows. */
export function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) % 256);
}
