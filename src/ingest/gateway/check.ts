import { once } from 'node:events';
import type { APIGatewayBotInfo } from 'discord-api-types/v10';
import { WebSocket } from 'ws';
import { NOT_DISCORD, type Get } from '../../discord/rest-client.ts';
import { messageOf, serviceFailed } from '../../errors.ts';

const PATH = '/gateway/bot';
const TIMEOUT_MS = 15_000;

/**
 * Opens one connection to the gateway and closes it again after the first message. This check runs before discord.js
 * connects, so that a start says what it waits for, and asks less and less often. discord.js asks twice a second.
 * @throws a failure of `errors.ts`
 */
export async function checkGateway(get: Get): Promise<void> {
  const { url } = await get<Partial<APIGatewayBotInfo>>(PATH);
  const route = `GET ${PATH}`;
  if (typeof url !== 'string' || !/^wss?:/.test(url)) throw serviceFailed(NOT_DISCORD, { route });
  try {
    await waitForHello(`${url.replace(/\/$/, '')}?v=10&encoding=json`);
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
    throw serviceFailed(`Discord's gateway is unreachable: ${reason}`);
  }
}

async function waitForHello(url: string): Promise<void> {
  const socket = new WebSocket(url, { handshakeTimeout: TIMEOUT_MS });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    // `once` rejects if the socket emits an error.
    const closed = once(socket, 'close', { signal }).then(() => {
      throw new Error('the gateway closed the connection');
    });
    await Promise.race([once(socket, 'message', { signal }), closed]);
  } finally {
    // Terminating the socket can emit an error. Without a listener, this error would end the process.
    socket.on('error', () => undefined);
    socket.terminate();
  }
}
