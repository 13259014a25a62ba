import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError } from '@temporalio/client';
import { applicationFailure } from '../../src/errors.ts';
import type { NewFile } from '../../src/emulator/world/messages.ts';
import { postedClip, untilRecord, type PostedClip } from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';

const CORPUS = fileURLToPath(new URL('../../../shared/media/hostile', import.meta.url));

let stack: Stack<'open' | 'invisible' | 'secretive' | 'hostile' | 'well'>;
before(async () => {
  stack = await startStack({
    channels: ['open', 'invisible', 'secretive', 'hostile', 'well'],
    processes: ['worker'],
  });
  stack.emulator.deny(stack.channels.invisible, 'VIEW_CHANNEL');
  stack.emulator.deny(stack.channels.secretive, 'READ_MESSAGE_HISTORY');
});
after(() => stack.stop());

let backfills = 0;

/** Starts a backfill with the input that a person typed. Returns the id of the workflow. */
async function startBackfill(...input: string[]): Promise<string> {
  backfills += 1;
  const workflowId = `backfill-${backfills}`;
  await stack.cli(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', stack.taskQueue],
    ...['--workflow-id', workflowId, ...input.flatMap((each) => ['--input', each])],
  );
  return workflowId;
}

/** Waits until a workflow has failed. Returns the type and the message of the workflow's failure. */
async function failureOf(workflowId: string): Promise<string> {
  const outcome: unknown = await stack.temporal.workflow
    .getHandle(workflowId)
    .result()
    .catch((error: unknown) => error);
  assert.ok(
    outcome instanceof WorkflowFailedError,
    `expected a failure, not ${JSON.stringify(outcome)}`,
  );
  const cause = applicationFailure(outcome.cause);
  return `${cause?.type}: ${cause?.message}`;
}

describe(
  'backfill input',
  {
    concurrency: true,
  },
  () => {
    const EXAMPLE = `--input '{"channelId":"1196521684992000058"}'`;
    const cases: [string, () => string[], string | (() => string)][] = [
      [
        'a channel id of letters',
        () => ['{"channelId":"abc"}'],
        `channelId is not a Discord id: write its 17 to 20 digits in quotes, as in ${EXAMPLE}`,
      ],
      [
        'no channel id',
        () => ['{}'],
        `a backfill needs exactly one of channelId, guildId and "all": true, as in ${EXAMPLE}`,
      ],
      ['no input', () => [], `a backfill needs an input: start the backfill with ${EXAMPLE}`],
      [
        'a channel id without quotes',
        () => ['{"channelId":1196521684992000058}'],
        `channelId is a number, and JSON rounds numbers of that size: write it in quotes, as in ${EXAMPLE}`,
      ],
      [
        'an unknown field',
        () => ['{"channelId":"1196521684992000058","limit":5}'],
        `unknown field "limit"; expected channelId, guildId, all, before, after, maxMessages, threads, revive, as in ${EXAMPLE}`,
      ],
      [
        'an unknown channel',
        () => ['{"channelId":"1196521684992000058"}'],
        'unknown channel 1196521684992000058: copy the id from Discord (Developer Mode, Copy Channel ID)',
      ],
      [
        'a channel that the bot cannot see',
        () => [JSON.stringify({ channelId: stack.channels.invisible })],
        () => `the bot cannot see channel ${stack.channels.invisible}: grant it View Channel there`,
      ],
      [
        'a channel whose history the bot cannot read',
        () => [JSON.stringify({ channelId: stack.channels.secretive })],
        'the bot cannot read #secretive: grant it Read Message History there',
      ],
    ];
    for (const [name, input, sentence] of cases) {
      test(`a backfill with ${name} fails at once and says what to correct`, async () => {
        const failure = await failureOf(await startBackfill(...input()));
        assert.equal(
          failure,
          `InvalidInput: ${typeof sentence === 'string' ? sentence : sentence()}`,
        );
      });
    }
  },
);

/** Returns files that are posted as `.mp4` and refer to other files and hosts. Everclip must not open these targets. */
function traps(secret: string, web: string): Record<string, string> {
  const playlist = (target: string): string =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n${target}\n#EXT-X-ENDLIST\n`;
  return {
    'trap-hls-file.mp4': playlist(`file://${secret}`),
    'trap-hls-web.mp4': playlist(web),
    'trap-concat.mp4': `ffconcat version 1.0\nfile '${secret}'\nfile '${web}'\n`,
    'trap-dash.mp4': `<?xml version="1.0"?><MPD><BaseURL>${web}</BaseURL></MPD>`,
    'trap-text.mp4': 'this is not a video',
    'trap-empty.mp4': '',
  };
}

test('if a hostile file is posted, the record becomes live and the worker opens no other file or host', async () => {
  const { emulator, channels, userId, worker, workerTmp } = stack;
  const requests: string[] = [];
  const canary = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  after(() => canary.close());
  // The traps refer to a valid video, so a worker that follows the references would make a thumbnail of this video.
  const folder = dirname(workerTmp);
  const secret = join(folder, 'secret.mp4');
  await copyFile(stack.video, secret);
  const web = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/secret.mp4`;
  const files: NewFile[] = Object.entries(traps(secret, web)).map(([filename, text]) => ({
    filename,
    bytes: Buffer.from(text),
  }));
  if (existsSync(CORPUS)) {
    const names = readdirSync(CORPUS);
    files.push(...names.map((filename) => ({ filename, path: join(CORPUS, filename) })));
  }
  const before = { names: await readdir(folder), secret: await readFile(secret) };
  const pid = worker.pid;
  const seenInTmp = new Set<string>();
  const inTmp = () => readdirSync(workerTmp);
  const watching = setInterval(() => {
    for (const name of inTmp()) seenInTmp.add(name);
  }, 20);
  after(() => {
    clearInterval(watching);
  });

  const clips = new Map<string, PostedClip>();
  for (const file of files) {
    const message = emulator.postMessage({
      channelId: channels.hostile,
      authorId: userId,
      files: [{ ...file, contentType: 'video/mp4' }],
      silent: true,
    });
    const id = message.attachments[0]!.id;
    clips.set(file.filename, postedClip(channels.hostile, message.id, id));
  }
  const workflowId = await startBackfill(JSON.stringify({ channelId: channels.hostile }));
  const { started } = (await stack.temporal.workflow.getHandle(workflowId).result()) as {
    started: number;
  };
  assert.equal(started, files.length);

  const deadlineMs = Date.now() + 240_000;
  const untilDone = (clip: PostedClip) =>
    untilRecord(
      stack,
      clip,
      'be live',
      ({ Status }) => Status === 'live',
      Math.max(deadlineMs - Date.now(), 1000),
    );
  for (const [name, clip] of clips) {
    const { Thumbnail, Thumbnail_Error: error } = await untilDone(clip);
    // A record has either a thumbnail or an error. The error contains no paths, no addresses and none of ffmpeg's
    // words.
    assert.equal(Thumbnail === undefined, error !== undefined, name);
    if (error)
      assert.match(error.type, /^(MediaUnreadable|MediaTooLarge)$/, `${name}: ${error.type}`);
    assert.doesNotMatch(error?.message ?? '', /\/|ffmpeg|0x/, name);
    if (name.startsWith('trap-')) assert.ok(error, `${name} has a thumbnail`);
  }
  clearInterval(watching);
  assert.deepEqual(requests, []);
  assert.ok(seenInTmp.size > 1, 'the worker does not use its TMPDIR');
  assert.deepEqual(inTmp(), []);
  assert.deepEqual({ names: await readdir(folder), secret: await readFile(secret) }, before);

  const { well } = channels;
  const message = emulator.postMessage({
    channelId: well,
    authorId: userId,
    files: [{ filename: 'clip.mp4', path: stack.video }],
    silent: true,
  });
  await startBackfill(JSON.stringify({ channelId: well }));
  const clip = postedClip(well, message.id, message.attachments[0]!.id);
  assert.equal((await untilDone(clip)).Thumbnail, clip.thumbnailKey);
  assert.equal(worker.pid, pid);
  worker.check();
});
