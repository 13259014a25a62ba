/** A box with this content. */
export function box(name: string, ...content: (Buffer | number)[]): Buffer {
  const parts = content.map((part) => (typeof part === 'number' ? uint32(part) : part));
  const length = 8 + parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([uint32(length), Buffer.from(name, 'latin1'), ...parts]);
}

const uint32 = (number: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};

/**
 * The same file with another content in the first box at `path`, such as `moov/trak/tkhd`; its parents
 * grow with it. What stands behind them moves, so that frames are found only where `moov` is the last.
 * @throws where there is no such box
 */
export function edited(file: Buffer, path: string, change: (content: Buffer) => Buffer): Buffer {
  const [name = '', ...inner] = path.split('/');
  for (let at = 0; file.length - at >= 8;) {
    const small = file.readUInt32BE(at);
    const large = small === 1 && file.length - at >= 16;
    const length = large ? Number(file.readBigUInt64BE(at + 8)) : small || file.length - at;
    if (file.toString('latin1', at + 4, at + 8) === name) {
      const content = file.subarray(at + 8, at + length);
      const changed = inner.length > 0 ? edited(content, inner.join('/'), change) : change(content);
      return Buffer.concat([file.subarray(0, at), box(name, changed), file.subarray(at + length)]);
    }
    at += Math.max(8, length);
  }
  throw new Error(`there is no ${name}`);
}
