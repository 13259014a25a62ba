interface Segment {
  start: number;
  bytes: Uint8Array;
}

/** A gap between two holes this small is fetched again, for a request costs more than its bytes. */
const CHEAPER_THAN_A_REQUEST = 32 * 1024;

/** What was fetched of a file so far, in segments that neither touch nor overlap. */
export class ByteCache {
  private segments: Segment[] = [];

  /** The bytes, or null where any of them is missing. No copy: don't write to them. */
  get(start: number, end: number): Uint8Array | null {
    const segment = this.segments.find(
      (one) => one.start <= start && end <= one.start + one.bytes.length,
    );
    return segment?.bytes.subarray(start - segment.start, end - segment.start) ?? null;
  }

  /** What has to be fetched to have these bytes: ranges in order, merged where that saves a request. */
  missing(start: number, end: number): { start: number; end: number }[] {
    const holes: { start: number; end: number }[] = [];
    const add = (from: number, to: number): void => {
      const last = holes.at(-1);
      if (last && from - last.end <= CHEAPER_THAN_A_REQUEST) last.end = to;
      else holes.push({ start: from, end: to });
    };
    let at = start;
    for (const segment of this.segments) {
      const segmentEnd = segment.start + segment.bytes.length;
      if (segmentEnd <= at || segment.start >= end) continue;
      if (segment.start > at) add(at, segment.start);
      at = segmentEnd;
    }
    if (at < end) add(at, end);
    return holes;
  }

  /** Keeps bytes; they win over what was there, and join the segments that they touch. */
  put(start: number, bytes: Uint8Array): void {
    const end = start + bytes.length;
    const near = this.segments.filter(
      (one) => one.start <= end && one.start + one.bytes.length >= start,
    );
    const from = Math.min(start, ...near.map((one) => one.start));
    const to = Math.max(end, ...near.map((one) => one.start + one.bytes.length));
    const joined = near.length === 0 ? bytes : new Uint8Array(to - from);
    if (near.length > 0) {
      for (const one of near) joined.set(one.bytes, one.start - from);
      joined.set(bytes, start - from);
    }
    this.segments = [
      ...this.segments.filter((one) => !near.includes(one)),
      { start: from, bytes: joined },
    ].sort((a, b) => a.start - b.start);
  }
}
