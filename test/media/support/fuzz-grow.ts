import { edited } from './edit-boxes.ts';

const STBL = 'moov/trak/mdia/minf/stbl';
/** Tables: where their number of entries stands, and how large one is. */
const TABLES: [path: string, count: number, entry: number][] = [
  [`${STBL}/stts`, 4, 8],
  [`${STBL}/ctts`, 4, 8],
  [`${STBL}/stss`, 4, 4],
  [`${STBL}/stsc`, 4, 12],
  [`${STBL}/stsz`, 8, 4],
  [`${STBL}/stco`, 4, 4],
  ['moov/trak/edts/elst', 4, 12],
];
/** Boxes that hold boxes, and how many bytes stand before the first of these. */
const PARENTS: [path: string, header: number][] = [
  ['moov', 0],
  ['moov/trak', 0],
  [STBL, 0],
  ['moov/mvex', 0],
  [`${STBL}/stsd`, 8],
  ['moov/trak/mdia/minf/dinf/dref', 8],
  ['moof', 0],
  ['moof/traf', 0],
];
const MAX_GROWTH = 1024 * 1024;

/** The file with a table grown by entries of zeros, or one of its boxes repeated; unchanged where it has none such. */
export function grow(file: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  // Small growth as often as large.
  const growth = Math.floor(2 ** (random() * Math.log2(MAX_GROWTH)));
  const at = below(TABLES.length + PARENTS.length);
  const [table, parent] = [TABLES[at], PARENTS[at - TABLES.length]];
  try {
    if (table) return edited(file, table[0], (content) => longer(content, table, growth));
    if (parent)
      return edited(file, parent[0], (content) => {
        const children = childrenOf(content, parent[1]);
        return repeated(content, children[below(children.length)], growth);
      });
  } catch {
    // The file has no such box.
  }
  return file;
}

function longer(
  content: Buffer,
  [, count, entry]: [string, number, number],
  growth: number,
): Buffer {
  const entries = Math.floor(growth / entry);
  const grown = Buffer.concat([content, Buffer.alloc(entries * entry)]);
  grown.writeUInt32BE((content.readUInt32BE(count) + entries) >>> 0, count);
  return grown;
}

function childrenOf(content: Buffer, header: number): Buffer[] {
  const children: Buffer[] = [];
  for (let at = header; content.length - at >= 8;) {
    const length = Math.max(8, content.readUInt32BE(at));
    children.push(content.subarray(at, at + length));
    at += length;
  }
  return children;
}

function repeated(content: Buffer, child: Buffer | undefined, growth: number): Buffer {
  if (!child) return content;
  const copies = Math.max(1, Math.floor(growth / child.length));
  return Buffer.concat([content, ...Array.from({ length: copies }, () => child)]);
}
