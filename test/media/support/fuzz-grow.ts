import { edited } from './edit-boxes.ts';

/** A table. `countAt` is the offset of the entry count, and `entryBytes` is the size of one entry. */
interface Table {
  path: string;
  countAt: number;
  entryBytes: number;
}

const STBL = 'moov/trak/mdia/minf/stbl';
const TABLES: Table[] = [
  { path: `${STBL}/stts`, countAt: 4, entryBytes: 8 },
  { path: `${STBL}/ctts`, countAt: 4, entryBytes: 8 },
  { path: `${STBL}/stss`, countAt: 4, entryBytes: 4 },
  { path: `${STBL}/stsc`, countAt: 4, entryBytes: 12 },
  { path: `${STBL}/stsz`, countAt: 8, entryBytes: 4 },
  { path: `${STBL}/stco`, countAt: 4, entryBytes: 4 },
  { path: 'moov/trak/edts/elst', countAt: 4, entryBytes: 12 },
];
/** Boxes that contain other boxes, and the number of bytes before the first inner box. */
const PARENTS: { path: string; headerBytes: number }[] = [
  { path: 'moov', headerBytes: 0 },
  { path: 'moov/trak', headerBytes: 0 },
  { path: STBL, headerBytes: 0 },
  { path: 'moov/mvex', headerBytes: 0 },
  { path: `${STBL}/stsd`, headerBytes: 8 },
  { path: 'moov/trak/mdia/minf/dinf/dref', headerBytes: 8 },
  { path: 'moof', headerBytes: 0 },
  { path: 'moof/traf', headerBytes: 0 },
];
const MAX_GROWTH_BYTES = 1024 * 1024;

/**
 * Returns the file with empty entries added to a table, or with one of its boxes repeated. If the file lacks the chosen
 * box, it is returned unchanged.
 */
export function grow(file: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  // Each order of magnitude of growth is equally likely.
  const growth = Math.floor(2 ** (random() * Math.log2(MAX_GROWTH_BYTES)));
  const at = below(TABLES.length + PARENTS.length);
  const table = TABLES[at];
  const parent = PARENTS[at - TABLES.length];
  try {
    if (table) return edited(file, table.path, (content) => withEntries(content, table, growth));
    if (parent)
      return edited(file, parent.path, (content) => {
        const children = childrenOf(content, parent.headerBytes);
        return withCopies(content, children[below(children.length)], growth);
      });
  } catch {
    // The file lacks the chosen box.
  }
  return file;
}

function withEntries(content: Buffer, { countAt, entryBytes }: Table, growth: number): Buffer {
  const entries = Math.floor(growth / entryBytes);
  const grown = Buffer.concat([content, Buffer.alloc(entries * entryBytes)]);
  grown.writeUInt32BE((content.readUInt32BE(countAt) + entries) >>> 0, countAt);
  return grown;
}

function childrenOf(content: Buffer, headerBytes: number): Buffer[] {
  const children: Buffer[] = [];
  for (let at = headerBytes; content.length - at >= 8;) {
    const length = Math.max(8, content.readUInt32BE(at));
    children.push(content.subarray(at, at + length));
    at += length;
  }
  return children;
}

function withCopies(content: Buffer, child: Buffer | undefined, growth: number): Buffer {
  if (!child) return content;
  const copies = Math.max(1, Math.floor(growth / child.length));
  return Buffer.concat([content, ...Array.from({ length: copies }, () => child)]);
}
