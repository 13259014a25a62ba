import type { AnnouncedFile } from '../../activities/ports.ts';

/** What a media server says about the file that it sends. A value is null if the server does not send the value. */
export interface FileAnswer {
  status: number;
  sizeBytes: number | null;
  /** The content type in lower case, without parameters. */
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

/** Content types that say nothing about a file. */
const UNKNOWN_TYPES = ['application/octet-stream', 'binary/octet-stream'];
/** Content types of web pages and error messages. No clip has such a type, even if Discord announced no type. */
const PAGE_TYPES = ['text/html', 'application/json', 'application/xml'];

/** Returns a text that says how the answer contradicts what Discord announced, or null if there is no contradiction. */
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

/**
 * True if the content type shows that the server did not send the announced video. If Discord announced no type, only
 * web pages and error messages count.
 */
function isOtherKind(sent: string, announced: string | undefined): boolean {
  if (announced === undefined) return PAGE_TYPES.includes(sent);
  if (UNKNOWN_TYPES.includes(sent)) return false;
  const kindOf = (type: string) => type.toLowerCase().split('/')[0];
  return kindOf(announced) === 'video' && kindOf(sent) !== 'video';
}
