import { createHash } from 'node:crypto';
import { addressOf } from '../../clip/link.ts';

const OLD_ID_DIGITS = 8;

/**
 * Returns the id by which the archive before Everclip knew a clip: the first 8 hexadecimal digits of the MD5 of the
 * author's id, the time of the message as Python prints it, and the link without its parameters.
 */
export function oldIdOf({
  posterId,
  postedAtMs,
  url,
}: {
  posterId: string;
  postedAtMs: number;
  url: string;
}): string {
  return createHash('md5')
    .update(`${posterId}${pythonTime(postedAtMs)}${addressOf(url)}`)
    .digest('hex')
    .slice(0, OLD_ID_DIGITS);
}

/** Python's `str(datetime)` has microseconds, or no fraction if the fraction is zero. */
function pythonTime(timeMs: number): string {
  const [date, rest = ''] = new Date(timeMs).toISOString().split('T');
  const time = rest.slice(0, 'hh:mm:ss'.length);
  const ms = timeMs % 1000;
  const fraction = ms === 0 ? '' : `.${String(ms).padStart(3, '0')}000`;
  return `${date ?? ''} ${time}${fraction}+00:00`;
}
