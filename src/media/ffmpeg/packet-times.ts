import { isFailure } from '../../errors.ts';
import type { PacketTime } from './decode-work.ts';
import { type ProbeOptions, runFfprobe } from './probe.ts';

/**
 * Lists the packets of a local video up to a moment with ffprobe, in decoding order. Nothing is decoded.
 * @returns null if ffprobe can't read the file, or if the list is too long
 * @throws ServiceFailed (ffprobe cannot be run), and the signal's reason
 */
export async function listPacketTimes(
  ffprobePath: string,
  file: string,
  { stream, untilSeconds, ...options }: ProbeOptions & { stream: number; untilSeconds: number },
): Promise<PacketTime[] | null> {
  const args = [
    ...['-select_streams', String(stream), '-read_intervals', `%${untilSeconds}`],
    ...['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0'],
  ];
  try {
    return parsePacketTimes(await runFfprobe(ffprobePath, file, args, options));
  } catch (error) {
    if (isFailure(error, 'MediaUnreadable')) return null;
    throw error;
  }
}

/** Parses lines such as `1.500000,K__`. Lines without a time are left out. */
export function parsePacketTimes(csv: string): PacketTime[] {
  const lines = [...csv.matchAll(/^(-?[\d.]+),(\S*)/gm)];
  return lines.map(([, seconds, flags = '']) => ({
    seconds: Number(seconds),
    isKey: flags.startsWith('K'),
  }));
}
