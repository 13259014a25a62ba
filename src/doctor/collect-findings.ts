import type { Config } from '../config.ts';
import { findReadableByOthers } from '../private-files.ts';
import { bucketFindings } from './bucket-findings.ts';
import { clockFindings } from './clock-findings.ts';
import { discordFindings } from './discord-findings.ts';
import { diskFindings } from './disk-findings.ts';
import { ffmpegFindings } from './ffmpeg-findings.ts';
import { runChecks, type Finding } from './finding.ts';
import { libraryFindings } from './library-findings.ts';
import { temporalFindings } from './temporal-findings.ts';

/** Checks everything that Everclip needs. The checks run in parallel; the findings have a fixed order. */
export async function collectFindings(config: Config): Promise<Finding[]> {
  const findings = await Promise.all([
    runChecks('Discord', () => discordFindings(config)),
    runChecks('clock', () => (config.token === null ? [] : clockFindings(config.discordApiUrl))),
    runChecks('bucket', () => bucketFindings(config)),
    runChecks('Temporal', () => temporalFindings(config)),
    runChecks('ffmpeg', () => ffmpegFindings(config)),
    runChecks('disk', () => diskFindings(config)),
    runChecks('library', () => libraryFindings(config)),
    runChecks('files', () => fileFindings(config)),
  ]);
  return findings.flat();
}

/** Warns about files with secrets that other users of this machine can read. */
function fileFindings(config: Config): Finding[] {
  return findReadableByOthers(config).map((says) => ({ check: 'files', state: 'warning', says }));
}
