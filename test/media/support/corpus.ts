import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clip, ffmpegBytes, turned } from './make-clip.ts';

export interface CorpusFile {
  name: string;
  bytes: () => Buffer;
}

/** The shared folder of real and hostile files: EVERCLIP_MEDIA, or beside this checkout; null where there is none. */
export const sharedMedia: string | null =
  [
    process.env.EVERCLIP_MEDIA ??
      fileURLToPath(new URL('../../../../shared/media', import.meta.url)),
  ].find((path) => existsSync(join(path, 'real'))) ?? null;

/** Files of `real` or `hostile`; none where there is no shared folder. */
export function sharedFiles(kind: 'real' | 'hostile'): CorpusFile[] {
  if (sharedMedia === null) return [];
  const folder = join(sharedMedia, kind);
  return readdirSync(folder).map((name) => ({
    name,
    bytes: () => readFileSync(join(folder, name)),
  }));
}

/** What a fresh clone has instead: moov at either end, fragments, rotation, sound, tags. */
export async function generatedFiles(): Promise<CorpusFile[]> {
  const sound = ['-f', 'lavfi', '-i', 'sine=440:d=2', '-c:a', 'aac', '-shortest'];
  const written = ['location=+48.8577+002.2950/', 'make=SecretMaker', 'model=SecretPhone'];
  const names = [...written, 'artist=SecretPerson', 'comment=SecretNote'];
  const tags = [...names.flatMap((tag) => ['-metadata', tag]), '-movflags', 'use_metadata_tags'];
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=10:d=2'];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '5'];
  const fragments = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
  const plain = await clip('320x180', '-g', '5', '-bf', '2');
  const files: [string, Buffer][] = [
    ['moov-at-end.mp4', plain],
    ['moov-at-front.mp4', await clip('320x180', '-g', '5', '-movflags', 'faststart')],
    ['turned.mp4', turned(plain)],
    ['tagged.mp4', await ffmpegBytes('x.mp4', ...source, ...sound, ...coding, ...tags)],
    ['sound.mov', await ffmpegBytes('x.mov', ...source, ...sound, ...coding)],
    ['fragments.mp4', await ffmpegBytes('x.mp4', ...source, ...coding, ...fragments)],
  ];
  return files.map(([name, bytes]) => ({ name, bytes: () => bytes }));
}
