import type { TestContext } from 'node:test';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.ts';

/** Starts an emulator with a guild, a text channel and a user. The emulator stops after the test. */
export async function stage(t: TestContext, options: EmulatorOptions = {}) {
  const emulator = await startEmulator(options);
  t.after(() => emulator.stop());
  const guild = emulator.addGuild({ name: 'Clip club' });
  const channel = emulator.addChannel({ guildId: guild.id, name: 'overtime' });
  const user = emulator.addUser({ username: '_juno', globalName: 'Juno' });
  return { emulator, guild, channel, user };
}

/**
 * Calls the REST API as the bot, without discord.js.
 * @returns the answer; `json` is undefined if the body is not JSON
 */
export async function callRest(
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

/** Returns the HTTP status of a REST call, and the code in the body if the call failed. */
export async function statusAndCode(...args: Parameters<typeof callRest>) {
  const { status, json } = await callRest(...args);
  return [status, (json as { code?: number } | undefined)?.code];
}

/** Returns bytes that differ from place to place, so that a test notices a wrong range. */
export function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) % 256);
}
