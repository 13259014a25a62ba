import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createRestPort } from '../../src/discord/rest-port.ts';
import { createGet, type DiscordOptions } from '../../src/discord/rest-client.ts';
import { applicationFailure } from '../../src/errors.ts';
import type { EmulatorOptions } from '../../src/emulator/emulator.ts';
import { someBytes, stage as stageEmulator } from '../emulator/support.ts';

/** This token looks like a real Discord token, so that tests catch messages that contain a token. */
export const TOKEN = 'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs';

/** Routes, with the names that the emulator uses. */
export const MESSAGE = 'GET /channels/:id/messages/:id';
export const HISTORY = 'GET /channels/:id/messages';

/** Returns a fault that makes the emulator answer with an error whose JSON body is like Discord's. */
export function jsonError(status: number, code: number): { status: number; body: object } {
  return { status, body: { message: 'no', code } };
}

/** Starts an emulator with a channel. Also creates a REST port for this emulator and a function that posts messages. */
export async function stage(
  t: TestContext,
  { client = {}, ...options }: EmulatorOptions & { client?: Partial<DiscordOptions> } = {},
) {
  const { emulator, guild, channel, user } = await stageEmulator(t, { token: TOKEN, ...options });
  const clientOptions: DiscordOptions = {
    token: TOKEN,
    apiUrl: emulator.apiUrl,
    requestsPerSecond: 1000,
    ...client,
  };
  const discord = createRestPort(clientOptions, createGet(clientOptions));
  const post = (filename: string | null = 'COMET.mp4', content = '', channelId = channel.id) =>
    emulator.postMessage({
      channelId,
      authorId: user.id,
      content,
      files: filename === null ? [] : [{ filename, bytes: someBytes(3), contentType: 'video/mp4' }],
    });
  return { emulator, guild, channel, user, clientOptions, discord, post };
}

/** Returns the failure of a promise, and checks that the failure is one of ours and contains no secret. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ type: string; message: string; delayMs: unknown }> {
  const error: unknown = await promise.then(
    () => assert.fail('the promise did not reject'),
    (reason: unknown) => reason,
  );
  const failure = applicationFailure(error) ?? assert.fail(`not our failure: ${String(error)}`);
  const { type, message } = failure;
  const delayMs: unknown = failure.nextRetryDelay;
  assert.doesNotMatch(
    JSON.stringify([message, failure.details, failure.cause?.message]),
    /ZnCjm1X|hm=|\?/,
  );
  return { type: type ?? '', message, delayMs };
}

/** Returns the type of the failure of a promise. */
export async function typeOf(promise: Promise<unknown>): Promise<string> {
  return (await failureOf(promise)).type;
}
