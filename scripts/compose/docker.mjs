import process from 'node:process';
import { ROOT } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { SetUpError } from '../lib/set-up-error.mjs';
import { withoutSettings } from '../lib/settings.mjs';

export const GCS_PORT = '24443';

/**
 * docker, and docker compose for the stack under a project name, ports and volumes of its own, so that one
 * that is in use on this machine, and its `.env`, are left alone.
 *
 * @param {{ isProduction: boolean, settings: Record<string, string> }} options
 */
export function createDocker({ isProduction, settings }) {
  const env = {
    ...withoutSettings(process.env),
    EVERCLIP_VERSION: 'test',
    TEMPORAL_PORT: '27233',
    WEB_UI_PORT: '28233',
    GCS_PORT,
    POSTGRES_PASSWORD: 'only-for-the-test',
    ...settings,
  };
  const files = ['docker-compose.yml', ...(isProduction ? ['compose.production.yml'] : [])];
  const options = ['-p', 'everclip-test', '--env-file', '/dev/null'];

  const docker = async (...args) => {
    const { ok, output } = await run('docker', args, { cwd: ROOT, env });
    if (!ok) throw new SetUpError(`docker ${args.join(' ').slice(0, 160)} failed`, output);
    return output.trim();
  };
  const compose = (...args) =>
    docker('compose', ...options, ...files.flatMap((file) => ['-f', file]), ...args);
  return { docker, compose };
}
