import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants as fileConstants, existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rgbaToThumbHash } from 'thumbhash';
import { programEnvironment } from '../../config/program-environment.ts';
import type { Logger } from '../../log.ts';
import { SCENES, soundOf, type Scene } from './scenes.ts';

const run = promisify(execFile);

/** A clip that is ready to be posted. */
export interface DemoClip extends Pick<Scene, 'width' | 'height' | 'seconds'> {
  filename: string;
  path: string;
  /** A thumbhash in base64, as Discord sends one with each video. */
  placeholder: string;
}

export interface DemoMedia {
  /** The clips that are ready, in the order of the scenes. At least one is ready from the start. */
  clips(): DemoClip[];
  /** Paths of PNG files. */
  avatars: string[];
  /** Resolves when every clip is ready, or when ffmpeg has failed or the demo has stopped. */
  finished: Promise<void>;
}

const AVATAR_COLOURS = [
  ['#4b6fff', '#12c2e9'],
  ['#2fbf71', '#f9d423'],
  ['#e4572e', '#7b2ff7'],
  ['#f107a3', '#ffd166'],
  ['#16222a', '#3ddc97'],
  ['#ff7e5f', '#2b1055'],
] as const;
/** The moment of a clip's placeholder, in seconds. Every clip is longer. */
const PLACEHOLDER_SECONDS = 2;
/** At most 100 pixels, which is the limit of thumbhash. */
const PLACEHOLDER_LONG_SIDE = 48;
/** The lowest priority, so that Everclip does not wait for the demo's clips. */
const LOWEST_PRIORITY = constants.priority.PRIORITY_LOW;

/**
 * Generates the demo's clips and avatars, and keeps them in the first of the folders that can be written. Files that
 * exist already are kept. The name of the folder contains a hash of the scenes, so other versions of Everclip can use
 * the same cache.
 *
 * All scenes take about ten seconds of CPU time, so this function waits only for the avatars and the scenes with
 * `isFirst`, and makes the others in the background.
 * @throws Error if no folder can be written, or if ffmpeg fails on the first files
 */
export async function makeDemoMedia(
  ffmpegPath: string,
  folders: readonly string[],
  { log, signal }: { log: Pick<Logger, 'warn'>; signal: AbortSignal },
): Promise<DemoMedia> {
  const folder = await createFolder(folders);
  const made = new Map<Scene, DemoClip>();
  const make = async (scene: Scene, priority: number | null): Promise<void> => {
    made.set(scene, await makeClip({ ffmpegPath, folder, priority, signal }, scene));
  };
  const [avatars] = await Promise.all([
    makeAvatars({ ffmpegPath, folder, priority: null, signal }),
    ...SCENES.filter((scene) => scene.isFirst === true || isMade(folder, scene)).map((scene) =>
      make(scene, null),
    ),
  ]);
  const makeOthers = async (): Promise<void> => {
    for (const scene of SCENES) {
      if (!made.has(scene)) await make(scene, LOWEST_PRIORITY);
    }
  };
  const finished = makeOthers().catch((error: unknown) => {
    if (signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ reason }, 'demo: ffmpeg could not generate all clips; the demo posts the others');
  });
  return { clips: () => SCENES.flatMap((scene) => made.get(scene) ?? []), avatars, finished };
}

async function createFolder(folders: readonly string[]): Promise<string> {
  const scenes = JSON.stringify([SCENES, AVATAR_COLOURS, PLACEHOLDER_SECONDS]);
  const hash = createHash('sha256').update(scenes).digest('hex').slice(0, 12);
  let fault: unknown = null;
  for (const parent of folders) {
    const folder = join(parent, `demo-clips-${hash}`);
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, fileConstants.W_OK);
      return folder;
    } catch (error) {
      fault = error;
    }
  }
  throw fault;
}

/** How ffmpeg runs. `priority` is null for the priority of this process. */
interface Making {
  ffmpegPath: string;
  folder: string;
  priority: number | null;
  signal: AbortSignal;
}

function pathsOf(folder: string, { name }: Scene): { path: string; pixels: string } {
  return { path: join(folder, `${name}.mp4`), pixels: join(folder, `${name}.rgba`) };
}

function isMade(folder: string, scene: Scene): boolean {
  return Object.values(pathsOf(folder, scene)).every((path) => existsSync(path));
}

async function makeClip(making: Making, scene: Scene): Promise<DemoClip> {
  const { name, width, height, seconds } = scene;
  const { path, pixels } = pathsOf(making.folder, scene);
  const scale = PLACEHOLDER_LONG_SIDE / Math.max(width, height);
  const [small, low] = [Math.round(width * scale), Math.round(height * scale)];
  if (!isMade(making.folder, scene)) {
    await generate(making, {
      // The graph itself ends after `seconds`. With two outputs, ffmpeg 5.1 does not end at the option -t.
      graph: [
        `${scene.picture},format=yuv420p,trim=duration=${seconds},split[picture][still]`,
        `[still]trim=start=${PLACEHOLDER_SECONDS}:duration=1,scale=${small}:${low},format=rgba[placeholder]`,
        ...(scene.tune === null ? [] : [`${soundOf(scene.tune)}:d=${seconds}[sound]`]),
      ].join(';'),
      outputs: [
        [
          ...['-map', '[picture]', ...(scene.tune === null ? [] : ['-map', '[sound]'])],
          ...[...codingOf(scene), '-f', 'mp4', path],
        ],
        ['-map', '[placeholder]', '-frames:v', '1', '-f', 'rawvideo', pixels],
      ],
    });
  }
  const hash = rgbaToThumbHash(small, low, await readFile(pixels));
  return {
    filename: `${name}.mp4`,
    path,
    width,
    height,
    seconds,
    placeholder: Buffer.from(hash).toString('base64'),
  };
}

/** Most game recorders write H.264 in yuv420p, with the moov box at the end. */
function codingOf({ codec, tune }: Scene): string[] {
  const picture =
    codec === undefined
      ? ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '28', '-g', '36']
      : ['-c:v', codec, '-q:v', '6', '-g', '36'];
  return tune === null ? picture : [...picture, '-c:a', 'aac', '-b:a', '64k'];
}

async function makeAvatars(making: Making): Promise<string[]> {
  const paths = AVATAR_COLOURS.map((_, at) => join(making.folder, `avatar-${at}.png`));
  if (paths.every((path) => existsSync(path))) return paths;
  await generate(making, {
    graph: AVATAR_COLOURS.map(
      ([from, to], at) =>
        `gradients=s=128x128:n=2:c0=${from}:c1=${to}:type=radial:seed=${at + 1}[avatar${at}]`,
    ).join(';'),
    outputs: paths.map((path, at) => [
      ...['-map', `[avatar${at}]`, '-frames:v', '1', '-f', 'image2', '-c:v', 'png', path],
    ]),
  });
  return paths;
}

/**
 * Runs ffmpeg. The last argument of each output is its path. The outputs get their names only when they are complete, so
 * a killed run leaves no half of a file.
 */
async function generate(
  { ffmpegPath, folder, priority, signal }: Making,
  { graph, outputs }: { graph: string; outputs: readonly (readonly string[])[] },
): Promise<void> {
  const partial = await mkdtemp(join(folder, 'part-'));
  try {
    const renamed = outputs.map((output, at) => ({
      options: output.slice(0, -1),
      from: join(partial, String(at)),
      to: output.at(-1) ?? '',
    }));
    const threads = ['-filter_complex_threads', '1'];
    const running = run(
      ffmpegPath,
      [
        ...['-v', 'error', '-nostdin', '-y', ...threads, '-filter_complex', graph],
        ...renamed.flatMap(({ options, from }) => [...options, '-threads', '1', from]),
      ],
      { env: programEnvironment(), signal },
    );
    const { pid } = running.child;
    if (priority !== null && pid !== undefined) setPriority(pid, priority);
    await running;
    for (const { from, to } of renamed) await rename(from, to);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
