import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { startEmulator, type Emulator } from '../../../src/emulator/emulator.ts';
import { startFakeGcs } from '../fake-gcs.ts';
import { createStackBucket, type StackBucket } from './bucket.ts';
import { startGuard } from './guard.ts';
import { createStackProcess, type StackProcess } from './process.ts';
import { createStackServer, type StackServer } from './server.ts';
import { temporalCli } from '../temporal.ts';
import { until } from '../wait.ts';

const exec = promisify(execFile);
const BUCKET = 'clips';

export interface StackOptions<Name extends string> {
  /** The names of the text channels. */
  channels: readonly Name[];
  /** The channels in CHANNEL_IDS. If `watched` is absent, every channel is watched. */
  watched?: readonly Name[];
  leaseSeconds?: number;
  refreshMargin?: string;
  /** More settings for both worker and ingest. */
  env?: Record<string, string>;
  /** More settings for one program, keyed by the program's name. */
  envOf?: Partial<Record<'worker' | 'ingest', Record<string, string>>>;
  /** Which programs to start. If `processes` is absent, both programs are started. */
  processes?: readonly ('worker' | 'ingest')[];
  /** True to run what `npm run build` made instead of the sources. */
  isBuilt?: boolean;
}

/** Everclip and everything around it. Each part is a process, except for the Discord emulator. */
export interface Stack<Name extends string = string> {
  readonly emulator: Emulator;
  readonly channels: Readonly<Record<Name, string>>;
  /** The user who posts the clips. The user has an avatar. */
  readonly userId: string;
  /** The folder of everything that belongs to the stack, which is removed in the end. */
  readonly folder: string;
  /** Path of a video of one second and a few KB. */
  readonly video: string;
  readonly bucket: StackBucket;
  readonly server: StackServer;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly worker: StackProcess;
  readonly ingest: StackProcess;
  /** The worker's TMPDIR. */
  readonly workerTmp: string;
  /** The settings of worker and ingest, for tools that run next to them. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the Temporal CLI against the server. Returns its output. */
  cli(...args: string[]): Promise<string>;
  /** Like `until`, but if worker or ingest has ended, fails at once and shows the last log lines. */
  until<T>(
    what: string,
    condition: () => T | Promise<T>,
    timeoutMs?: number,
  ): Promise<NonNullable<T>>;
  /** Kills everything and removes all files. */
  stop(): Promise<void>;
}

/** Starts everything on free ports in a temporary folder. A guard ends all parts when the test ends. */
export async function startStack<Name extends string>(
  options: StackOptions<Name>,
): Promise<Stack<Name>> {
  const folder = mkdtempSync(join(tmpdir(), 'everclip-stack-'));
  const guard = startGuard(folder);
  // The functions run in this order: first the guard kills the programs, then the servers stop.
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
    const server = await createStackServer(folder, guard);
    const { leaseSeconds = 86_400 } = options;
    const [emulator, gcs, video, avatar] = await Promise.all([
      stoppable(startEmulator({ dataDir: join(folder, 'discord'), leaseSeconds })),
      stoppable(startFakeGcs(BUCKET)),
      generateMedia(folder, 'clip.mp4', 'testsrc2=s=64x64:r=5:d=1', '-pix_fmt', 'yuv420p'),
      generateMedia(folder, 'avatar.png', 'color=teal:s=16x16', '-frames:v', '1'),
      server.start(),
    ]);
    const bucket = await stoppable(createStackBucket(gcs, BUCKET));
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
      ...passOn('PATH', 'FFMPEG_PATH', 'FFPROBE_PATH', 'WORKFLOW_BUNDLE'),
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
      // Storyboards add requests and writes to each clip. Tests that need them set this.
      STORYBOARDS: 'no',
      ...options.env,
    };
    const program = (name: 'worker' | 'ingest', main: string, ready: RegExp) => {
      const TMPDIR = join(folder, `${name}-tmp`);
      mkdirSync(TMPDIR);
      const logFile = join(folder, `${name}.log`);
      return createStackProcess({
        main,
        ready,
        logFile,
        guard,
        env: { ...env, ...options.envOf?.[name], TMPDIR },
      });
    };
    const [folderOfMains, extension] = options.isBuilt ? ['dist', 'js'] : ['src', 'ts'];
    const worker = program('worker', `${folderOfMains}/workers/main.${extension}`, /worker serves/);
    const ingest = program(
      'ingest',
      `${folderOfMains}/ingest/main.${extension}`,
      /listening to Discord/,
    );
    const programs = { worker, ingest };
    const { processes = ['worker', 'ingest'] } = options;
    await Promise.all(processes.map((name) => programs[name].start()));
    return {
      emulator,
      channels,
      userId,
      folder,
      video,
      bucket,
      server,
      taskQueue,
      worker,
      ingest,
      env,
      stop,
      temporal: new Client({ connection }),
      workerTmp: join(folder, 'worker-tmp'),
      async cli(...args) {
        const { stdout } = await exec(temporalCli(), [...args, '--address', server.address], {
          env: { ...passOn('PATH'), HOME: folder },
        });
        return stdout;
      },
      until: (what, condition, timeoutMs) =>
        until(
          what,
          () => {
            worker.check();
            ingest.check();
            return condition();
          },
          timeoutMs,
        ).catch((error: unknown) => {
          const logs = [worker, ingest].map((program) => program.lastLines());
          throw new Error(`${String(error)}\n${logs.join('\n')}`, { cause: error });
        }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes a picture or a clip from one of ffmpeg's test sources. Returns its path. */
async function generateMedia(folder: string, name: string, source: string, ...args: string[]) {
  const path = join(folder, name);
  await exec('ffmpeg', ['-v', 'error', '-nostdin', '-f', 'lavfi', '-i', source, ...args, path]);
  return path;
}

function passOn(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

/**
 * Stops everything on SIGTERM, which a test file gets when its time is up.
 *
 * Without a signal handler, the process would end without running the exit handler that kills fake-gcs-server.
 */
function onTermination(stop: () => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void stop().finally(() => process.exit(1));
    });
  }
}
