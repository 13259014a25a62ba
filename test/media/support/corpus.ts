import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clip, ffmpegBytes, turned } from './make-clip.ts';

export interface CorpusFile {
  name: string;
  bytes: () => Buffer;
}

const DEFAULT_FOLDER = fileURLToPath(new URL('../../../../shared/media', import.meta.url));

/** The folder of real and hostile files; null if there is none. EVERCLIP_MEDIA overrides the default. */
export const sharedMedia: string | null = existingFolder(
  process.env.EVERCLIP_MEDIA ?? DEFAULT_FOLDER,
);

function existingFolder(path: string): string | null {
  return existsSync(join(path, 'real')) ? path : null;
}

/** Returns the videos of a shared folder; none if there is no such folder. */
export function sharedFiles(kind: 'real' | 'hostile' | 'ugly'): CorpusFile[] {
  if (sharedMedia === null) return [];
  const folder = join(sharedMedia, kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => ({
    name,
    bytes: () => readFileSync(join(folder, name)),
  }));
}

/**
 * Makes files to use if there is no shared folder. The files have moov at either end, fragments, rotation, sound or
 * tags.
 */
export async function generatedFiles(): Promise<CorpusFile[]> {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=10:d=2'];
  const sound = ['-f', 'lavfi', '-i', 'sine=440:d=2', '-c:a', 'aac', '-shortest'];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '5'];
  const fragments = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
  const tags = [
    ...['-metadata', 'location=+48.8577+002.2950/'],
    ...['-metadata', 'make=SecretMaker'],
    ...['-metadata', 'model=SecretPhone'],
    ...['-metadata', 'artist=SecretPerson'],
    ...['-metadata', 'comment=SecretNote'],
    ...['-movflags', 'use_metadata_tags'],
  ];
  const plain = await clip('320x180', '-g', '5', '-bf', '2');
  const files: [name: string, bytes: Buffer][] = [
    ['moov-at-end.mp4', plain],
    ['moov-at-front.mp4', await clip('320x180', '-g', '5', '-movflags', 'faststart')],
    ['turned.mp4', turned(plain)],
    ['tagged.mp4', await ffmpegBytes('x.mp4', ...source, ...sound, ...coding, ...tags)],
    ['sound.mov', await ffmpegBytes('x.mov', ...source, ...sound, ...coding)],
    ['fragments.mp4', await ffmpegBytes('x.mp4', ...source, ...coding, ...fragments)],
  ];
  return files.map(([name, bytes]) => ({ name, bytes: () => bytes }));
}
