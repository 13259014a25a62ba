/** Makes a box. A number in `content` becomes four bytes. */
export function box(name: string, ...content: (Buffer | number)[]): Buffer {
  const parts = content.map((part) => (typeof part === 'number' ? uint32(part) : part));
  const length = 8 + parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([uint32(length), Buffer.from(name, 'latin1'), ...parts]);
}

function uint32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

/** Yields the boxes of a file. The last box may claim to extend beyond the end of the file. */
export function* boxesOf(file: Buffer): Generator<{ name: string; start: number; end: number }> {
  for (let at = 0; file.length - at >= 8;) {
    const size = file.readUInt32BE(at);
    const isLarge = size === 1 && file.length - at >= 16;
    const length = isLarge ? Number(file.readBigUInt64BE(at + 8)) : size || file.length - at;
    const end = at + Math.max(8, length);
    yield { name: file.toString('latin1', at + 4, at + 8), start: at, end };
    at = end;
  }
}

/**
 * Returns the file with new content in the first box at `path`, such as `moov/trak/tkhd`. The sizes of the box's
 * parents are adjusted. The bytes after the box move, so frames after it can no longer be found.
 * @throws Error if there is no such box
 */
export function edited(file: Buffer, path: string, change: (content: Buffer) => Buffer): Buffer {
  const [name = '', ...inner] = path.split('/');
  for (const { name: found, start, end } of boxesOf(file)) {
    if (found !== name) continue;
    const content = file.subarray(start + 8, end);
    const changed = inner.length > 0 ? edited(content, inner.join('/'), change) : change(content);
    return Buffer.concat([file.subarray(0, start), box(name, changed), file.subarray(end)]);
  }
  throw new Error(`no box ${name}`);
}
