import { applicationFailure } from '../../../src/errors.ts';
import type { ByteSource } from '../../../src/media/bytes/source.ts';
import { keyFrames } from '../../../src/media/mp4/key-frames.ts';
import { PartialReadError } from '../../../src/media/fallback.ts';
import { openClip } from '../../../src/media/mp4/open.ts';
import { readFacts } from '../../../src/media/mp4/facts.ts';
import type { CorpusFile } from './corpus.ts';
import { grow } from './fuzz-grow.ts';

/** A file to be changed, and where its boxes stand: changes elsewhere change only pictures. */
export interface Specimen {
  name: string;
  bytes: Buffer;
  /** From, to. */
  boxes: [number, number][];
}

export interface CaseResult {
  /** `read`, a type of ours, or a reason of PartialReadError. */
  outcome: string;
  readBytes: number;
  reads: number;
  frames: number;
  cpuMs: number;
}

/** A generator that gives the same numbers for the same seed (mulberry32); from 0 to 1. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const specimenOf = ({ name, bytes: read }: CorpusFile): Specimen => {
  const bytes = read();
  const boxes: [number, number][] = [];
  for (let at = 0; bytes.length - at >= 8;) {
    const small = bytes.readUInt32BE(at);
    const large = small === 1 && bytes.length - at >= 16;
    const length = large ? Number(bytes.readBigUInt64BE(at + 8)) : small;
    const end = Math.min(bytes.length, at + Math.max(8, length || bytes.length));
    const inside = ['moov', 'moof', 'ftyp'].includes(bytes.toString('latin1', at + 4, at + 8));
    boxes.push([at, inside ? end : Math.min(end, at + 16)]);
    at = end;
  }
  return { name, bytes, boxes };
};

const NUMBERS = [0, 1, 7, 8, 15, 255, 65_535, 0x7f_ff_ff_ff, 0x80_00_00_00, 0xff_ff_ff_ff];
const NAMES = [
  'moov',
  'trak',
  'mdia',
  'stbl',
  'stts',
  'ctts',
  'stsz',
  'stsc',
  'co64',
  'moof',
  'trun',
];

/**
 * One to six changes: a bit, a byte, a number, a name, a run of zeros, a run from elsewhere, a cut; and
 * for every twelfth file a table or a parent that has much more in it.
 */
export function mutate({ bytes, boxes }: Specimen, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const copy = Buffer.from(below(12) === 0 ? grow(bytes, random) : bytes);
  const spans = boxes.map(([from, to]) => to - from);
  const place = (): number => {
    let at = below(spans.reduce((sum, span) => sum + span, 0));
    for (const [n, span] of spans.entries()) {
      if (at < span) return (boxes[n]?.[0] ?? 0) + at;
      at -= span;
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
 * Reads a file as the worker does, without ffmpeg: index, facts, and up to three key frames.
 * @throws what our own code throws and doesn't mean to
 */
export async function runCase(bytes: Buffer): Promise<CaseResult> {
  const result = { outcome: 'read', readBytes: 0, reads: 0, frames: 0, cpuMs: 0 };
  const source: ByteSource = {
    size: bytes.length,
    read: async (start, end) => {
      if (!(start >= 0 && start <= end && end <= bytes.length))
        throw new PartialReadError('structure', 'outside');
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
      for await (const { mp4 } of keyFrames(clip, facts.durationSeconds))
        if (mp4.length > 0) result.frames += 1;
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
  const ours = applicationFailure(error)?.type;
  if (ours) return ours;
  const [, top = ''] = error instanceof Error ? (error.stack ?? '').split('\n    at ') : [];
  // What Mediabunny throws becomes the reason `parser`; what our own code throws is a bug.
  if (top.includes('node_modules/mediabunny')) return 'parser';
  throw error;
}
