import { type Config, needsDiscord } from '../config.ts';
import { initialSecrets } from '../config/hide-environment.ts';
import { programEnvironment } from '../config/program-environment.ts';
import { checkFfmpeg } from '../media/ffmpeg/check.ts';
import { trySandbox } from '../media/ffmpeg/sandbox/try-sandbox.ts';
import { runCheck, type Finding } from './finding.ts';

/** Checks ffmpeg and ffprobe, and what a clip that attacks them could reach. */
export async function ffmpegFindings(config: Config): Promise<Finding[]> {
  const environment = programEnvironment();
  const options = { ...config, environment };
  const ffmpeg = await runCheck('ffmpeg', () => checkFfmpeg(options));
  if (ffmpeg.state === 'fault' || !config.workerQueues.includes('media')) return [ffmpeg];
  return [ffmpeg, await sandboxFinding(config, environment), ...environmentFindings()];
}

/** A missing sandbox is only a warning, because ffmpeg still runs with its other limits. */
async function sandboxFinding(
  config: Config,
  environment: Record<string, string>,
): Promise<Finding> {
  const check = 'sandbox';
  const trial = await trySandbox({
    hiddenFiles: config.secretFiles,
    programs: [config.ffmpegPath, config.ffprobePath],
    environment,
  });
  if (trial.works) {
    const says = 'ffmpeg runs without network, other processes and files with secrets';
    return { check, state: 'ok', says };
  }
  const says = `ffmpeg runs without a sandbox (${trial.reason})`;
  if (!needsDiscord(config)) {
    return { check, state: 'ok', says: `${says}; this worker has no bot token` };
  }
  return {
    check,
    state: 'warning',
    says: `${says}: allow user namespaces, or run a worker with WORKER_QUEUES=media and without a token in a container of its own`,
  };
}

/** Warns if the secrets can't be removed from /proc/<pid>/environ of this process. */
function environmentFindings(): Finding[] {
  const names = initialSecrets();
  if (names.length === 0) return [];
  const says = `other programs of the same user can read ${names.join(' and ')} in /proc: use .env or TOKEN_FILE instead of environment variables`;
  return [{ check: 'secrets', state: 'warning', says }];
}
