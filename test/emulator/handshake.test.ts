import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import { WebSocket } from 'ws';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { callRest, stage } from './support.ts';

/** Sends a payload after HELLO, and returns the code with which the gateway closes the connection. */
async function closeCode(t: TestContext, emulator: Emulator, payload: string): Promise<number> {
  const { json } = await callRest(emulator, '/gateway');
  const socket = new WebSocket(`${(json as { url: string }).url}/?v=10&encoding=json`);
  t.after(() => socket.terminate());
  const [hello] = (await once(socket, 'message')) as [Buffer];
  assert.equal((JSON.parse(hello.toString()) as { op: number }).op, GatewayOpcodes.Hello);
  socket.send(payload);
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

test('if a client sends an invalid payload, the gateway closes the connection with the close code that Discord documents', async (t) => {
  const { emulator } = await stage(t);
  emulator.setMessageContentIntent(false);
  const identify = (token: string, intents: number) =>
    JSON.stringify({ op: GatewayOpcodes.Identify, d: { token, intents } });
  const payloads = {
    nonsense: 'nonsense',
    tooEarly: JSON.stringify({ op: GatewayOpcodes.PresenceUpdate, d: {} }),
    wrongToken: identify('another', GatewayIntentBits.Guilds),
    wrongResume: JSON.stringify({ op: 6, d: { token: 'another', session_id: 'x', seq: 1 } }),
    disallowed: identify(emulator.token, GatewayIntentBits.MessageContent),
  };
  const codes: Record<string, number> = {};
  for (const [name, text] of Object.entries(payloads)) {
    codes[name] = await closeCode(t, emulator, text);
  }
  assert.deepEqual(codes, {
    nonsense: 4002,
    tooEarly: 4003,
    wrongToken: 4004,
    wrongResume: 4004,
    disallowed: 4014,
  });
});
