import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { startEmulator, type Emulator } from '../../../src/emulator/emulator.ts';
import { startFakeGcs } from '../fake-gcs.ts';
import { stackBucket, type StackBucket } from './bucket.ts';
import { startGuard } from './guard.ts';
import { stackProcess, type StackProcess } from './process.ts';
import { stackServer, type StackServer } from './server.ts';
import { temporalCli } from '../temporal.ts';
import { until } from '../wait.ts';

const exec = promisify(execFile);
const BUCKET = 'clips';

export interface StackOptions<Name extends string> {
  /** Text channels to begin with, by name. */
  channels: readonly Name[];
  /** Names for CHANNEL_IDS; absent: none, which means every channel. */
  watched?: readonly Name[];
  leaseSeconds?: number;
  refreshMargin?: string;
  /** More settings for worker and ingest. */
  env?: Record<string, string>;
  /** More settings for one of them. */
  envOf?: Partial<Record<'worker' | 'ingest', Record<string, string>>>;
  /** Absent: both. */
  processes?: readonly ('worker' | 'ingest')[];
}

/** Everclip with all that it works with, each a process of its own but the Discord emulator. */
export interface Stack<Name extends string = string> {
  readonly emulator: Emulator;
  readonly channels: Readonly<Record<Name, string>>;
  /** Somebody who posts, with an avatar. */
  readonly userId: string;
  /** One second of video, a few KB. */
  readonly video: string;
  readonly bucket: StackBucket;
  readonly server: StackServer;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly worker: StackProcess;
  readonly ingest: StackProcess;
  /** The worker's own TMPDIR. */
  readonly workerTmp: string;
  /** Settings of worker and ingest, for a tool that stands beside them. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the Temporal CLI against the server, as a person would; returns what it printed. */
  cli(...args: string[]): Promise<string>;
  /** As `until`, and fails at once, with their last words, where worker or ingest has died. */
  until<T>(what: string, look: () => T | Promise<T>, timeoutMs?: number): Promise<NonNullable<T>>;
  /** Kills everything and removes all files. */
  stop(): Promise<void>;
}

/** Starts everything on free ports in a temporary folder. Whatever happens, nothing of it outlives the test. */
export async function startStack<Name extends string>(
  options: StackOptions<Name>,
): Promise<Stack<Name>> {
  const folder = mkdtempSync(join(tmpdir(), 'everclip-stack-'));
  const guard = startGuard(folder);
  // The processes go first.
  const stops: (() => Promise<unknown>)[] = [() => guard.end()];
  let stopped = false;
  const stop = async () => {
    stopped = true;
    for (const each of stops.splice(0)) await each();
  };
  const stoppable = async <T extends { stop(): Promise<void> }>(starting: Promise<T>) => {
    const started = await starting;
    if (stopped) await started.stop();
    stops.push(() => started.stop());
    return started;
  };
  onTermination(stop);
  try {
    const server = await stackServer(folder, guard);
    const { leaseSeconds = 86_400 } = options;
    const [emulator, gcs, video, avatar] = await Promise.all([
      stoppable(startEmulator({ dataDir: join(folder, 'discord'), leaseSeconds })),
      stoppable(startFakeGcs(BUCKET)),
      draw(folder, 'clip.mp4', 'testsrc2=s=64x64:r=5:d=1', '-pix_fmt', 'yuv420p'),
      draw(folder, 'avatar.png', 'color=teal:s=16x16', '-frames:v', '1'),
      server.start(),
    ]);
    const bucket = await stoppable(stackBucket(gcs, BUCKET));
    const connection = Connection.lazy({ address: server.address });
    stops.push(() => connection.close());

    const guildId = emulator.addGuild({ name: 'Clip club' }).id;
    const channels = Object.fromEntries(
      options.channels.map((name) => [name, emulator.addChannel({ guildId, name }).id]),
    ) as Record<Name, string>;
    const user = { username: '_juno', globalName: 'Juno', avatar: readFileSync(avatar) };
    const userId = emulator.addUser(user).id;

    const taskQueue = 'stack-clips';
    const env = {
      ...passedOn('PATH', 'FFMPEG_PATH', 'FFPROBE_PATH', 'WORKFLOW_BUNDLE'),
      HOME: folder,
      TOKEN: emulator.token,
      CHANNEL_IDS: (options.watched ?? []).map((name) => channels[name]).join(','),
      DISCORD_API_URL: emulator.apiUrl,
      MEDIA_HOSTS: emulator.cdnOrigin,
      BUCKET_NAME: BUCKET,
      GCS_API_ENDPOINT: bucket.apiEndpoint,
      TEMPORAL_ADDRESS: server.address,
      TASK_QUEUE: taskQueue,
      REFRESH_MARGIN: options.refreshMargin ?? '6h',
      DATA_DIR: join(folder, 'data'),
      // The loader's cache has no business in the folder that is looked at for leftovers.
      TSX_DISABLE_CACHE: '1',
      ...options.env,
    };
    const program = (name: 'worker' | 'ingest', main: string, ready: RegExp) => {
      const TMPDIR = join(folder, `${name}-tmp`);
      mkdirSync(TMPDIR);
      const logFile = join(folder, `${name}.log`);
      return stackProcess({
        ...{ main, ready, logFile, guard },
        env: { ...env, ...options.envOf?.[name], TMPDIR },
      });
    };
    const worker = program('worker', 'src/workers/main.ts', /worker serves/);
    const ingest = program('ingest', 'src/ingest/main.ts', /listening to Discord/);
    const programs = { worker, ingest };
    const { processes = ['worker', 'ingest'] } = options;
    await Promise.all(processes.map((name) => programs[name].start()));
    return {
      ...{
        emulator,
        channels,
        userId,
        video,
        bucket,
        server,
        taskQueue,
        worker,
        ingest,
        env,
        stop,
      },
      temporal: new Client({ connection }),
      workerTmp: join(folder, 'worker-tmp'),
      async cli(...args) {
        const { stdout } = await exec(temporalCli(), [...args, '--address', server.address], {
          env: { ...passedOn('PATH'), HOME: folder },
        });
        return stdout;
      },
      until: (what, look, timeoutMs) =>
        until(
          what,
          () => {
            worker.check();
            ingest.check();
            return look();
          },
          timeoutMs,
        ).catch((error: unknown) => {
          const said = [worker, ingest].map((each) => lastLines(each.output(), 12));
          throw new Error(`${String(error)}\n${said.join('\n')}`, { cause: error });
        }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Has ffmpeg draw a picture or a clip by itself. */
async function draw(folder: string, name: string, source: string, ...how: string[]) {
  const path = join(folder, name);
  await exec('ffmpeg', ['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', source, ...how, path]);
  return path;
}

const passedOn = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => [[name, process.env[name] ?? '']]));

const lastLines = (text: string, count: number): string =>
  text.trimEnd().split('\n').slice(-count).join('\n');

/** A test file whose time is up gets SIGTERM; fake-gcs-server goes with an orderly exit alone. */
function onTermination(stop: () => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void stop().finally(() => process.exit(1));
    });
  }
}
