/** Consecutive bytes of the file. */
interface Segment {
  start: number;
  bytes: Uint8Array;
}

/**
 * If at most this many cached bytes lie between two missing ranges, one request fetches both ranges and the bytes
 * between them. Fetching these bytes again costs less than a second request.
 */
const MAX_REFETCHED_BYTES = 32 * 1024;

/** The bytes of one file that have been fetched so far. The segments neither touch nor overlap. */
export class ByteCache {
  #segments: Segment[] = [];

  /** Returns the bytes, or null if some are missing. Don't write to the result, because it is not a copy. */
  get(start: number, end: number): Uint8Array | null {
    const segment = this.#segments.find((each) => each.start <= start && end <= endOf(each));
    return segment?.bytes.subarray(start - segment.start, end - segment.start) ?? null;
  }

  /** Returns, in order, the ranges that must be fetched before `get` can return these bytes. */
  missing(start: number, end: number): { start: number; end: number }[] {
    const holes: { start: number; end: number }[] = [];
    const add = (from: number, to: number): void => {
      const last = holes.at(-1);
      if (last && from - last.end <= MAX_REFETCHED_BYTES) last.end = to;
      else holes.push({ start: from, end: to });
    };
    let at = start;
    for (const segment of this.#segments) {
      if (endOf(segment) <= at || segment.start >= end) continue;
      if (segment.start > at) add(at, segment.start);
      at = endOf(segment);
    }
    if (at < end) add(at, end);
    return holes;
  }

  /** Stores bytes. New bytes replace bytes that were stored before, and are joined with adjacent segments. */
  put(start: number, bytes: Uint8Array): void {
    const added: Segment = { start, bytes };
    const touching = this.#segments.filter(
      (each) => each.start <= endOf(added) && endOf(each) >= start,
    );
    const others = this.#segments.filter((each) => !touching.includes(each));
    const joined = touching.length === 0 ? added : join([...touching, added]);
    this.#segments = [...others, joined].sort((a, b) => a.start - b.start);
  }
}

/** Copies segments into one. If two segments overlap, the bytes of the later segment are used. */
function join(segments: readonly Segment[]): Segment {
  const start = Math.min(...segments.map((each) => each.start));
  const bytes = new Uint8Array(Math.max(...segments.map(endOf)) - start);
  for (const each of segments) bytes.set(each.bytes, each.start - start);
  return { start, bytes };
}

function endOf({ start, bytes }: Segment): number {
  return start + bytes.length;
}
