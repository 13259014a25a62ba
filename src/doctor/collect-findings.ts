import type { Config } from '../config.ts';
import { checkFfmpeg } from '../media/check-ffmpeg.ts';
import { checkBucketWell } from './bucket-findings.ts';
import { checkClock } from './clock-findings.ts';
import { checkDiscordWell } from './discord-findings.ts';
import { checkDisk } from './disk-findings.ts';
import { checkTemporal } from './temporal-findings.ts';
import { findingOf, findingsOf, type Finding } from './finding.ts';

/** Looks at everything that Everclip needs; the checks run side by side, the findings come in a fixed order. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings = await Promise.all([
    findingsOf('Discord', () => checkDiscordWell(config)),
    findingsOf('clock', () => (config.token === null ? [] : checkClock(config.discordApiUrl))),
    findingsOf('bucket', () => checkBucketWell(config)),
    findingsOf('Temporal', () => checkTemporal(config)),
    findingsOf('ffmpeg', async () => [await findingOf('ffmpeg', () => checkFfmpeg(config))]),
    findingsOf('disk', () => checkDisk(config)),
  ]);
  return findings.flat();
}
