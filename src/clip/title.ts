import { SPOILER } from './message/spoilers.ts';
import { plain } from './plain.ts';

/** What a clip's title is made of, as the record has it. */
export interface TitleParts {
  /** The record's `Title`. */
  title?: string | null;
  /** The message's text. */
  description: string;
  /** The file name without its extension. */
  filename: string;
  /** A name of the poster. */
  poster: string;
}

/** The maximum number of characters (code points) of a title. */
export const MAX_TITLE_CHARACTERS = 80;
/** A line with fewer letters, such as "gg" or a row of emoji, says less than the file name. */
const MIN_LETTERS = 3;

/**
 * Returns the title of a clip: Discord's title, else the first line of the message, else the file name, else "Clip by
 * soho". A line needs three letters and must not be a link. A name that a recorder gave is skipped. Discord's title is
 * skipped too if a recorder gave it, because Discord keeps the name of an uploaded file as its title.
 *
 * The title is one line without invisible characters. It may contain markup, so a page must escape it. Texts that the
 * message covers as spoilers are left out.
 */
export function titleOf({ title, description, filename, poster }: TitleParts): string {
  const candidates = [
    nameOrNothing(title ?? ''),
    lineOrNothing(description),
    nameOrNothing(filename),
  ];
  return shorten(candidates.find((text) => text !== '') ?? clipBy(poster));
}

/** Leaves room for the characters that `plain` removes. */
const MAX_INPUT_CHARACTERS = 1000;

function oneLine(text: string): string {
  return plain(text.slice(0, MAX_INPUT_CHARACTERS), { markup: 'kept' }).replace(/\s+/gu, ' ');
}

/** A character that people can read or see; spaces, marks and format characters are not enough. */
const SEEN = /[\p{L}\p{N}\p{S}\p{P}]/u;

function clipBy(poster: string): string {
  const name = oneLine(poster);
  return SEEN.test(name) ? `Clip by ${name}` : 'Clip';
}

const VIDEO_EXTENSION = /\.(?:mp4|m4v|mov|webm|mkv)$/i;

/** Returns the name, or an empty text if nobody chose the name. */
function nameOrNothing(text: string): string {
  const name = oneLine(text).replace(VIDEO_EXTENSION, '').trim();
  return /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(name) && !isRecorderName(name) ? name : '';
}

const LINK = /<?\bhttps?:\/\/[^\s>]+>?/giu;
const MARKDOWN_LINK = /\[([^[\]]*)\]\(<?https?:\/\/[^)]*\)/giu;
const CUSTOM_EMOJI = /<a?:(\w+):\d+>/g;
const LINE_PREFIX = /^(?:(?:#{1,3}|>{1,3}|-#|[-*•]) +)+/u;
const EMPHASIS = /\*\*|__|~~|`+/g;

function lineOrNothing(description: string): string {
  // Spoilers go first. The cut could leave a spoiler without its end, and then its text would be in the title.
  const shown = description.replace(SPOILER, ' ').slice(0, MAX_INPUT_CHARACTERS);
  const first = shown.split(/[\r\n\u2028\u2029]/u).find((line) => line.trim() !== '') ?? '';
  const line = oneLine(first)
    .replace(MARKDOWN_LINK, '$1')
    .replace(LINK, ' ')
    .replace(LINE_PREFIX, '')
    .replace(EMPHASIS, '');
  const letters = line.replace(CUSTOM_EMOJI, '').match(/\p{L}/gu)?.length ?? 0;
  if (letters < MIN_LETTERS) return '';
  return line.replace(CUSTOM_EMOJI, ':$1:').replace(/\s+/gu, ' ').trim();
}

// Strangers choose the names that these patterns look at. In each repetition, the first character says which alternative
// fits, so a name that does not match is noticed in time that is proportional to the name's length.

/** A date from the year down to the day, then a time, with any separators that file systems allow. */
const DATE_AND_TIME =
  /(?:19|20)\d\d[-. ]?[01]?\d[-. ]?[0-3]?\d[-. ]*(?:(?:at|t)[-. ]*)?[0-2]?\d[-. h]?[0-5]\d(?:[-. m]?[0-5]\d|\b)/i;
/** The American order, which Xbox Game Bar uses: `Halo 3_1_2024 12_30_45 PM`. */
const AMERICAN_DATE_AND_TIME = /\b\d{1,2}[-. /]\d{1,2}[-. /]20\d\d[-. ]+\d{1,2}[-. ]\d\d/;
const GUID = /[0-9a-f]{8}[- ]?(?:[0-9a-f]{4}[- ]?){3}[0-9a-f]{12}/i;
/** Words that recorders and phones begin a name with, if nothing but numbers, dates and their own endings follows. */
const RECORDER_WORD =
  /^(?:(?:screen ?|game ?)?(?:replay|desktop|recording|record(?:er)?|capture|clip|video|movie|vid|img e|img|mov|mvi|dsc|pxl|gopro|gh|gx|dji|trim|copy|rpreplay(?: final)?|output|untitled(?: video)?|unknown|attachment|file|export|final|bandicam|screenrecorder|screenrecording|screencast|obs|medal(?:tv)?|dvr|cached video|lv 0|ssstik|snaptik|v)(?: ?at)?)(?:[-. ()\d]|wa(?=\d)|dvr|hevc|copy|[ap]m|at)*$/i;
/** Medal puts the game between its name and the date: `MedalTVValorant20240301123045`. */
const MEDAL = /^medal ?tv.*\d{6,}/i;
/** Steam names a clip after the number of the game. */
const STEAM = /^clip \d+ /i;
const NUMBERS = /^[\d\s.()+-]+$/;
/** A row of hexadecimal digits, such as a hash. It needs a digit, because "defaced" is a word. */
const HASH = /^(?=.*\d)[0-9a-f]{16,}$/i;

/** The longest file name of common file systems. A longer name is cut. */
const MAX_NAME_CHARACTERS = 255;

/** True if a recorder, a phone or a download site made the name, so it says nothing about the clip. */
export function isRecorderName(name: string): boolean {
  // Discord replaces the spaces in file names by underscores.
  const text = name
    .slice(0, MAX_NAME_CHARACTERS)
    .replace(VIDEO_EXTENSION, '')
    .replace(/[_\s]+/gu, ' ')
    .trim();
  return [
    ...[DATE_AND_TIME, AMERICAN_DATE_AND_TIME, GUID, RECORDER_WORD],
    ...[MEDAL, STEAM, NUMBERS, HASH],
  ].some((pattern) => pattern.test(text));
}

/** Made once, because it takes 60 µs to make. */
const SEGMENTER = new Intl.Segmenter();

/** Cuts a text between the characters that people see, which may consist of more than one code point. */
function shorten(text: string): string {
  const points = Array.from(text);
  if (points.length <= MAX_TITLE_CHARACTERS) return text;
  const room = MAX_TITLE_CHARACTERS - 1;
  let kept = '';
  let length = 0;
  for (const { segment } of SEGMENTER.segment(text)) {
    length += Array.from(segment).length;
    if (length > room) break;
    kept += segment;
  }
  return `${(kept || points.slice(0, room).join('')).trimEnd()}…`;
}
