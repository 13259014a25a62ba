import { setTimeout as pause } from 'node:timers/promises';
import { Events, type Client as Discord, type ClientEvents } from 'discord.js';
import { loginFault } from '../login-fault.ts';

/** How long the gateway may take to close the connection, in milliseconds. */
const MAX_CLOSE_MS = 3000;

/**
 * Logs in to the gateway. If the gateway accepts connections but never starts a session, discord.js reconnects without
 * end, so only `signal` ends such a login.
 * @throws Error with one sentence if the login fails
 * @throws an AbortError after `signal`
 */
export async function logIn(discord: Discord, token: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const login = discord.login(token).catch((error: unknown) => {
    throw loginFault(error);
  });
  try {
    await (signal ? Promise.race([login, rejectAtAbort(signal)]) : login);
  } catch (error) {
    await logOut(discord);
    throw error;
  }
}

/** Closes the connection to the gateway. From now on, the client emits only errors. */
export async function logOut(discord: Discord): Promise<void> {
  // If the client waits for the start of a session, `destroy` never settles, and the client connects once more. The
  // events of that connection must not reach ingest.
  for (const event of discord.eventNames()) {
    if (event !== Events.Error) discord.removeAllListeners(event as keyof ClientEvents);
  }
  await Promise.race([discord.destroy(), pause(MAX_CLOSE_MS, undefined, { ref: false })]);
}

function rejectAtAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}
