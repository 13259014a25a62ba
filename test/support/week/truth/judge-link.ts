import type { Club } from '../club/club.ts';
import type { TrueClip } from './true-clips.ts';

/** How long a refreshed link must be valid at least. The emulator signs links for a day. */
const MIN_VALID_MS = 3_600_000;

/**
 * Returns what is wrong with the link in a record. The link of a clip that exists must be valid and lead to the clip's
 * file.
 */
export async function judgeLink(
  { emulator }: Club,
  { exists, versions }: TrueClip,
  { Attachment_URL: url, Expire_Timestamp: expiresAt }: Record<string, unknown>,
): Promise<string[]> {
  if (typeof url !== 'string' || !URL.canParse(url)) return [`Attachment_URL is ${String(url)}`];
  const link = new URL(url);
  const expected = new URL(versions.at(-1)!.file.url);
  const seconds = Number.parseInt(link.searchParams.get('ex') ?? '', 16);
  const isRight = link.origin === emulator.cdnOrigin && link.pathname === expected.pathname;
  return [
    ...(isRight ? [] : [`the link leads to ${link.origin}${link.pathname}`]),
    ...(seconds === expiresAt ? [] : [`Expire_Timestamp is ${String(expiresAt)}`]),
    ...(!exists || seconds * 1000 > Date.now() + MIN_VALID_MS ? [] : ['the link expires too soon']),
    ...(!exists || (await plays(url)) ? [] : ['Discord refuses the link']),
  ];
}

/** The links that the CDN has served. */
const playable = new Set<string>();

async function plays(url: string): Promise<boolean> {
  if (playable.has(url)) return true;
  const response = await fetch(url, { headers: { range: 'bytes=0-0' } });
  await response.arrayBuffer();
  if (response.ok) playable.add(url);
  return response.ok;
}
