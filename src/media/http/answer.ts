import type { AnnouncedFile } from '../../activities/ports.ts';

/** What a media server says about the file that it sends. A value is null if the server does not tell. */
export interface FileAnswer {
  status: number;
  sizeBytes: number | null;
  /** In lower case, without parameters. */
  contentType: string | null;
}

/** Reads what the headers of a response say about the whole file. */
export function fileAnswerOf({ status, headers }: Response): FileAnswer {
  const size =
    status !== 200
      ? /\/(\d{1,15})$/.exec(headers.get('content-range') ?? '')?.[1]
      : headers.get('content-length');
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return { status, sizeBytes: size ? Number(size) : null, contentType: type ? type : null };
}

/** Types that say nothing about a file. */
const UNKNOWN_TYPES = ['application/octet-stream', 'binary/octet-stream'];
/** Types of pages and errors. No clip has such a type, even if Discord announced none. */
const PAGE_TYPES = ['text/html', 'application/json', 'application/xml'];

/** Returns how the answer contradicts what Discord announced, in words, or null if it does not. */
export function contradictionIn(
  { sizeBytes, contentType }: FileAnswer,
  announced: AnnouncedFile,
): string | null {
  if (contentType !== null && isOtherKind(contentType, announced.contentType)) {
    return `${contentType} instead of ${announced.contentType ?? 'a video'}`;
  }
  if (
    sizeBytes !== null &&
    announced.sizeBytes !== undefined &&
    sizeBytes !== announced.sizeBytes
  ) {
    return `${sizeBytes} bytes instead of ${announced.sizeBytes}`;
  }
  return null;
}

/** True if the server sent something else than a video, although Discord announced a video. */
function isOtherKind(sent: string, announced: string | undefined): boolean {
  if (announced === undefined) return PAGE_TYPES.includes(sent);
  if (UNKNOWN_TYPES.includes(sent)) return false;
  const kindOf = (type: string) => type.toLowerCase().split('/')[0];
  return kindOf(announced) === 'video' && kindOf(sent) !== 'video';
}
