import { applicationFailure } from '../../../src/errors.ts';
import { type ByteSource, requireInside } from '../../../src/media/bytes/source.ts';
import { PartialReadError } from '../../../src/media/fallback.ts';
import { readFacts } from '../../../src/media/mp4/facts.ts';
import { fetchStoryboardFrames } from '../../../src/media/mp4/storyboard/read.ts';
import { keyFrames, laterKeyFrames, readFirstRun } from '../../../src/media/mp4/key-frames.ts';
import { openClip } from '../../../src/media/mp4/open.ts';
import type { CorpusFile } from './corpus.ts';
import { boxesOf } from './edit-boxes.ts';
import { grow } from './fuzz-grow.ts';

/** A file to damage. */
export interface Specimen {
  name: string;
  bytes: Buffer;
  /** The parts that the reader looks at. Damage elsewhere changes only the pictures. */
  parts: { from: number; to: number }[];
}

export interface CaseResult {
  /** `read` if the file was read. Otherwise the type of the failure, or the reason of the PartialReadError. */
  outcome: string;
  readBytes: number;
  reads: number;
  frames: number;
  cpuMs: number;
}

/** Boxes that the reader reads whole. The reader reads only the headers of other boxes. */
const INDEX_BOXES = ['moov', 'moof', 'ftyp', 'sidx', 'mfra'];
const NUMBERS = [0, 1, 7, 8, 15, 255, 65_535, 0x7f_ff_ff_ff, 0x80_00_00_00, 0xff_ff_ff_ff];
const NAMES = [
  ...['moov', 'trak', 'mdia', 'stbl', 'stts', 'ctts'],
  ...['stsz', 'stsc', 'co64', 'moof', 'trun'],
];

export function specimenOf(file: CorpusFile): Specimen {
  const bytes = file.bytes();
  const parts = [...boxesOf(bytes)].map(({ name, start, end }) => ({
    from: start,
    to: Math.min(bytes.length, end, INDEX_BOXES.includes(name) ? Infinity : start + 16),
  }));
  return { name: file.name, bytes, parts };
}

/**
 * Returns a copy with one to six changes. Most changes replace a bit, a byte, a number or a name. Other changes
 * overwrite a run of bytes with zeros or with bytes from another place, or cut the file. Before these changes, one copy
 * in twelve gets more table entries, or more boxes in a parent box.
 */
export function mutate({ bytes, parts }: Specimen, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const copy = Buffer.from(below(12) === 0 ? grow(bytes, random) : bytes);
  const totalBytes = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const place = (): number => {
    let at = below(totalBytes);
    for (const { from, to } of parts) {
      if (at < to - from) return from + at;
      at -= to - from;
    }
    return 0;
  };
  let length = copy.length;
  for (let changes = 1 + below(6); changes > 0; changes--) {
    const at = Math.min(place(), Math.max(0, copy.length - 16));
    const kind = below(8);
    if (kind === 0) copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
    else if (kind === 1) copy[at] = below(256);
    else if (kind === 2) copy.writeUInt32BE(NUMBERS[below(NUMBERS.length)] ?? 0, at);
    else if (kind === 3) copy.writeUInt32BE((copy.readUInt32BE(at) + below(17) - 8) >>> 0, at);
    else if (kind === 4) copy.write(NAMES[below(NAMES.length)] ?? 'free', at, 'latin1');
    else if (kind === 5) copy.fill(0, at, Math.min(copy.length, at + below(64)));
    else if (kind === 6) copy.copy(copy, at, place(), place() + below(256));
    else if (below(4) === 0) length = at;
  }
  return copy.subarray(0, length);
}

/**
 * Reads a file's index, facts, key frames and first frames, as the media process does, but without ffmpeg.
 * @throws the errors of our own code, which are bugs
 */
export async function runCase(bytes: Buffer): Promise<CaseResult> {
  const result = { outcome: 'read', readBytes: 0, reads: 0, frames: 0, cpuMs: 0 };
  const source: ByteSource = {
    size: bytes.length,
    read: async (start, end) => {
      requireInside(start, end, bytes.length);
      result.reads += 1;
      result.readBytes += end - start;
      return bytes.subarray(start, end);
    },
  };
  const startedAt = process.cpuUsage();
  try {
    const clip = await openClip(source);
    try {
      const facts = await readFacts(clip);
      for await (const { mp4 } of keyFrames(clip, facts)) if (mp4.length > 0) result.frames += 1;
      for await (const { mp4 } of laterKeyFrames(source, clip))
        if (mp4.length > 0) result.frames += 1;
      result.frames += (await readFirstRun(clip, facts))?.frames.length ?? 0;
      const limits = { maxBytes: () => Infinity, smallReadBytes: 0 };
      result.frames += (await fetchStoryboardFrames(clip, source, facts, limits)).length;
    } finally {
      clip.close();
    }
  } catch (error) {
    result.outcome = outcomeOf(error);
  }
  const { user, system } = process.cpuUsage(startedAt);
  result.cpuMs = (user + system) / 1000;
  return result;
}

function outcomeOf(error: unknown): string {
  if (error instanceof PartialReadError) return error.reason;
  const type = applicationFailure(error)?.type;
  if (type) return type;
  const [, top = ''] = error instanceof Error ? (error.stack ?? '').split('\n    at ') : [];
  // In production an error of Mediabunny becomes the reason `parser`. An error of our own code is a bug.
  if (top.includes('node_modules/mediabunny')) return 'parser';
  throw error;
}
