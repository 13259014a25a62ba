import { codecOfSampleEntry, plainEntryName } from './codecs.ts';
import { PartialReadError } from '../fallback.ts';
import { type DolbyVision, printableName, type VideoTraits } from './readable.ts';
import {
  blank,
  type Box,
  boxesIn,
  type CountedView,
  nameAt,
  rename,
  requireContent,
} from '../mp4/boxes.ts';

/** One way in which frames of a track are stored, from the box `stsd` (ISO/IEC 14496-12, 8.5.2). */
export interface SampleEntry {
  /** The name of the codec, such as `avc1`. If the frames are encrypted, the name before the encryption. */
  name: string;
  isEncrypted: boolean;
  dolbyVision: DolbyVision | null;
}

/** The most sample entries. A video has one sample entry, or two if the decoder settings change. */
const MAX_SAMPLE_ENTRIES = 8;
/** How many bytes of a video's sample entry come before its boxes (ISO/IEC 14496-12, 12.1.3). */
const SAMPLE_ENTRY_BYTES = 78;
/** The boxes that are needed from a sample entry, which hold decoder settings, colours and the pixel aspect ratio. */
const SAMPLE_ENTRY_CHILDREN = ['avcC', 'hvcC', 'vpcC', 'av1C', 'colr', 'pasp'];
/** The names of encrypted entries: Common Encryption (ISO/IEC 23001-7) and Apple's FairPlay. */
const ENCRYPTED_ENTRIES = ['encv', 'drmi'];
const DOLBY_VISION_BOXES = ['dvcC', 'dvvC', 'dvwC'];
/** The colour type, and three numbers of two bytes. */
const COLOUR_BYTES = 10;

/**
 * Checks the video's sample entries (`stsd`), and blanks the boxes in them that are not needed.
 * @throws PartialReadError if the number of entries differs from the declared count
 */
export function readSampleEntries({ view, countBox }: CountedView, box: Box): SampleEntry[] {
  requireContent(box, 8);
  const announced = view.getUint32(box.contentStart + 4);
  const found: SampleEntry[] = [];
  for (const entry of boxesIn(view, box.contentStart + 8, box.end)) {
    countBox();
    requireContent(entry, SAMPLE_ENTRY_BYTES);
    if (found.length === MAX_SAMPLE_ENTRIES)
      throw new PartialReadError('structure', 'too many sample entries');
    found.push(readSampleEntry({ view, countBox }, entry));
  }
  if (found.length === 0 || found.length !== announced)
    throw new PartialReadError(
      'structure',
      'the number of sample entries is 0 or not the declared number',
    );
  return found;
}

function readSampleEntry({ view, countBox }: CountedView, entry: Box): SampleEntry {
  const isEncrypted = ENCRYPTED_ENTRIES.includes(entry.name);
  let name = entry.name;
  let dolbyVision: DolbyVision | null = null;
  for (const child of boxesIn(view, entry.contentStart + SAMPLE_ENTRY_BYTES, entry.end)) {
    countBox();
    if (child.name === 'sinf') name = readOriginalName({ view, countBox }, child) ?? name;
    else if (DOLBY_VISION_BOXES.includes(child.name)) dolbyVision = readDolbyVision(view, child);
    else if (child.name === 'colr') repairColours(view, child);
    // Mediabunny takes the settings of the last entry, and no frame of an encrypted entry is read.
    if (isEncrypted || !SAMPLE_ENTRY_CHILDREN.includes(child.name)) blank(view, child);
  }
  rename(view, entry, plainEntryName(entry.name));
  return { name, isEncrypted, dolbyVision };
}

/** Returns the codec's name before the encryption (`frma`; ISO/IEC 14496-12, 8.12.2), or null if it is missing. */
function readOriginalName({ view, countBox }: CountedView, sinf: Box): string | null {
  for (const box of boxesIn(view, sinf.contentStart, sinf.end)) {
    countBox();
    if (box.name === 'frma' && box.end - box.contentStart >= 4)
      return nameAt(view, box.contentStart);
  }
  return null;
}

/** Reads seven bits of the profile after two bytes of the version. The compatibility id is in the fifth byte. */
function readDolbyVision(view: DataView, box: Box): DolbyVision {
  requireContent(box, 5);
  return {
    profile: view.getUint8(box.contentStart + 2) >> 1,
    compatibilityId: view.getUint8(box.contentStart + 4) >> 4,
  };
}

/**
 * Makes a `colr` box readable. Some writers leave out the last byte of the type `nclx`, which is the colour range. Then
 * the box has the same content as the older type `nclc`.
 */
function repairColours(view: DataView, box: Box): void {
  const bytes = box.end - box.contentStart;
  const type = bytes >= 4 ? nameAt(view, box.contentStart) : '';
  if (bytes < COLOUR_BYTES && (type === '' || type.startsWith('ncl'))) blank(view, box);
  else if (bytes === COLOUR_BYTES && type === 'nclx')
    rename(view, { ...box, start: box.contentStart - 4 }, 'nclc');
}

/**
 * Returns the properties that decide whether a video can be decoded.
 * @param leadEntry the number of the sample entry of the first frames, starting at 1; 0 if it is unknown
 */
export function traitsOf(entries: readonly SampleEntry[], leadEntry: number): VideoTraits {
  const clear = entries.filter(({ isEncrypted }) => !isEncrypted);
  const isSupported = clear.some(({ name }) => codecOfSampleEntry(name) !== null);
  return {
    isEncrypted: clear.length === 0 || entries[leadEntry - 1]?.isEncrypted === true,
    dolbyVision: clear.find(({ dolbyVision }) => dolbyVision !== null)?.dolbyVision ?? null,
    unknownCodec: isSupported ? null : printableName(clear[0]?.name ?? ''),
  };
}
