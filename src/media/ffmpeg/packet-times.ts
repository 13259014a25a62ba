import { isFailure } from '../../errors.ts';
import type { PacketTime } from './decode-work.ts';
import { type ProbeOptions, runFfprobe } from './run-ffprobe.ts';

export interface PacketListOptions extends ProbeOptions {
  stream: number;
  /** The file's first timestamp, in seconds. ffprobe's own times don't start there, but ffmpeg's do. */
  startSeconds: number;
  /** The list ends at this time, in seconds after the file's first timestamp, or after this number of packets. */
  end: { seconds: number } | { packets: number };
}

/**
 * Lists the first packets of a local video with ffprobe, in decoding order. Nothing is decoded.
 * @returns null if ffprobe can't read the file, if the list is empty or too long, or if a packet has no time
 * @throws ServiceFailed (ffprobe cannot be run), and the signal's reason
 */
export async function listPacketTimes(
  ffprobePath: string,
  file: string,
  { stream, startSeconds, end, ...options }: PacketListOptions,
): Promise<PacketTime[] | null> {
  const interval =
    'packets' in end ? `%+#${end.packets}` : `%${(startSeconds + end.seconds).toFixed(6)}`;
  const args = [
    ...['-select_streams', String(stream), '-read_intervals', interval],
    ...['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0'],
  ];
  try {
    return parsePacketTimes(await runFfprobe(ffprobePath, file, args, options), startSeconds);
  } catch (error) {
    if (isFailure(error, 'MediaUnreadable')) return null;
    throw error;
  }
}

/**
 * Parses lines such as `1.500000,K__`. ffprobe marks hidden frames with `D`, because a player discards them. Returns null if there is no line or if a line has no time, because then the
 * frames up to a moment can't be counted.
 * @param startSeconds is subtracted from each time
 */
export function parsePacketTimes(csv: string, startSeconds: number): PacketTime[] | null {
  const lines = [...csv.matchAll(/^(N\/A|-?[\d.]+),(\S*)/gm)];
  if (lines.length === 0 || lines.some(([, time]) => time === 'N/A')) return null;
  return lines.map(([, time, flags = '']) => ({
    seconds: roundToMicroseconds(Number(time) - startSeconds),
    isKey: flags.startsWith('K'),
    isHidden: flags.includes('D'),
  }));
}

/** ffprobe writes times with six decimals, which a subtraction of such times would not keep. */
function roundToMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
