import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clipId } from '../../../src/clip/clip.ts';
import { startGuard } from '../stack/guard.ts';
import { until } from '../wait.ts';
import { createDiscordProcess, type DiscordProcess } from './discord.ts';
import { startPrograms, type Layout, type Programs } from './programs.ts';

const exec = promisify(execFile);

export interface SystemOptions {
  layout: Layout;
  /** How long Discord's links are valid. */
  leaseSeconds: number;
  /** True to run what `npm run build` made instead of the sources. */
  isBuilt?: boolean;
  /** More settings for all processes. */
  env?: Record<string, string>;
  /** Runs before Everclip starts for the first time. */
  prepare?: (places: { dataDir: string; cdnOrigin: string }) => Promise<void>;
}

/** Everclip with its library, and everything around it, each part as a process. */
export interface System {
  readonly discord: DiscordProcess;
  readonly programs: Programs;
  readonly dataDir: string;
  /** The ids of all clips that `post` posted. */
  readonly posted: readonly string[];
  /** Posts a clip and returns its id. */
  post(): Promise<string>;
  /** Waits until each permalink is answered with a redirect. */
  untilReachable(clipIds: readonly string[], timeoutMs: number): Promise<void>;
  /** Runs `work`, then stops everything. If `work` fails, adds the last lines of each process to the error. */
  use<T>(work: () => Promise<T>): Promise<T>;
  /** Kills everything and removes all files. */
  stop(): Promise<void>;
}

/** discord.js sends the requests for one channel one after another, so the clips are in more than one channel. */
const CHANNELS = ['aim', 'build', 'clutch', 'drift', 'escape', 'flank', 'goal', 'hunt'];

/** Starts everything on free ports in a temporary folder. A guard ends all parts when the test ends. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), 'everclip-fire-'));
  const dataDir = join(folder, 'data');
  const guard = startGuard(folder);
  const discord = createDiscordProcess({
    folder: join(folder, 'discord'),
    leaseSeconds: options.leaseSeconds,
    guard,
  });
  let programs: Programs | null = null;
  const stop = async (): Promise<void> => {
    await guard.end();
    await programs?.stop();
  };
  const explain = (error: unknown): Error =>
    new Error(`${String(error)}\n${programs?.lastLines() ?? ''}`, { cause: error });

  let started: Programs;
  let post: () => Promise<string>;
  try {
    await discord.start();
    post = await createPoster(discord, folder);
    await options.prepare?.({ dataDir, cdnOrigin: discord.cdnOrigin });
    const { layout, isBuilt = false, env = {} } = options;
    programs = started = await startPrograms({
      layout,
      folder,
      dataDir,
      guard,
      discord,
      isBuilt,
      env,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const posted: string[] = [];
  return {
    discord,
    programs: started,
    dataDir,
    posted,
    async post() {
      const id = await post();
      posted.push(id);
      return id;
    },
    async untilReachable(clipIds, timeoutMs) {
      const untilMs = Date.now() + timeoutMs;
      for (const [index, id] of clipIds.entries()) {
        await until(
          `the permalink ${id} (${index} of ${clipIds.length} lead to their clips)`,
          async () => {
            started.check();
            return (await statusOfPermalink(started.libraryUrl, id)) === 302;
          },
          Math.max(untilMs - Date.now(), 1000),
        );
      }
    },
    async use(work) {
      try {
        return await work();
      } catch (error) {
        throw explain(error);
      } finally {
        await stop();
      }
    },
    stop,
  };
}

/** Returns the status of the answer to a request for a permalink; 0 if there was no answer. */
export async function statusOfPermalink(libraryUrl: string, clipId: string): Promise<number> {
  const response = await fetch(`${libraryUrl}/c/${clipId}.mp4`, { redirect: 'manual' }).catch(
    () => null,
  );
  await response?.arrayBuffer().catch(() => null);
  return response?.status ?? 0;
}

/** Creates the channels, a user and a small video. Returns a function that posts the video. */
async function createPoster(
  discord: DiscordProcess,
  folder: string,
): Promise<() => Promise<string>> {
  const path = join(folder, 'clip.mp4');
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=64x64:r=5:d=1', '-pix_fmt', 'yuv420p'];
  await exec('ffmpeg', ['-v', 'error', '-nostdin', ...source, path]);
  const { channelIds, userId } = await discord.createChannels(CHANNELS);
  let posts = 0;
  return async () => {
    const channelId = channelIds[posts % channelIds.length] ?? '';
    posts += 1;
    return clipId(await discord.post({ channelId, userId, path }));
  };
}
