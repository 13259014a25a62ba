import { join } from 'node:path';
import process from 'node:process';
import { ROOT } from '../support/paths.mjs';
import { run } from '../support/programs.mjs';
import { ScriptError } from '../support/report.mjs';
import { withoutSettings } from '../support/settings.mjs';

/** The name of the stack's compose project. */
export const PROJECT = 'everclip-test';
/** The port of the storage emulator on this machine. */
export const GCS_PORT = '24443';
/** The port of the library on this machine. */
export const LIBRARY_PORT = '28240';
/** The port of the demo Discord, in its container and on this machine. */
export const DEMO_PORT = '28234';

const MAX_COMMAND_LENGTH = 160;

/**
 * @typedef {object} Docker
 * @property {(...args: string[]) => Promise<string>} docker runs `docker`; returns its trimmed output
 * @property {(...args: string[]) => Promise<string>} compose runs `docker compose` for the stack
 * @property {(script: string, folder: string) => Promise<void>} shell runs a shell script in a folder; `docker compose`
 * then means the stack
 */

/**
 * Returns functions that run docker, and docker compose for a separate stack that belongs to the test. The project name, the ports and the volumes differ from the defaults, and `.env` is not read. Your own
 * stack stays untouched.
 *
 * @param {object} options
 * @param {boolean} options.isProduction
 * @param {Record<string, string>} options.settings
 * @param {string} [options.project] the name of the compose project
 * @param {string[]} [options.moreFiles] compose files that override the stack's own files
 * @returns {Docker}
 */
export function createDocker({ isProduction, settings, project = PROJECT, moreFiles = [] }) {
  const env = {
    ...withoutSettings(process.env),
    EVERCLIP_VERSION: 'test',
    TEMPORAL_PORT: '27233',
    WEB_UI_PORT: '28233',
    GCS_PORT,
    LIBRARY_PORT,
    DEMO_PORT,
    POSTGRES_PASSWORD: 'only-for-the-test',
    CATALOG_PASSWORD: 'only-for-the-catalog',
    ...settings,
  };
  const files = ['docker-compose.yml', ...(isProduction ? ['compose.production.yml'] : [])];
  // The test reads the records from the storage emulator.
  files.push('deploy/publish-storage.yml', ...moreFiles);
  const composeArgs = ['compose', '-p', project, '--env-file', '/dev/null'];
  for (const file of files) composeArgs.push('-f', file);

  /** @param {...string} args */
  const docker = async (...args) => {
    const { ok, output } = await run('docker', args, { cwd: ROOT, env });
    if (!ok) {
      const command = `docker ${args.join(' ')}`.slice(0, MAX_COMMAND_LENGTH);
      throw new ScriptError(`"${command}" failed.`, output);
    }
    return output.trim();
  };
  return {
    docker,
    compose: (...args) => docker(...composeArgs, ...args),
    async shell(script, folder) {
      const composeEnv = {
        COMPOSE_PROJECT_NAME: project,
        COMPOSE_FILE: files.map((file) => join(ROOT, file)).join(':'),
        COMPOSE_ENV_FILES: '/dev/null',
      };
      const options = { cwd: folder, env: { ...env, ...composeEnv } };
      const { ok, output } = await run('sh', ['-euc', script], options);
      if (!ok) throw new ScriptError(`a command of this script failed:\n${script}`, output);
    },
  };
}
