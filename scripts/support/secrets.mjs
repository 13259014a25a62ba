import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import process from 'node:process';

/**
 * Matches the variables that contain secrets. src/config/hide-environment.ts has the same pattern, because the scripts
 * run before the program is built. test/docs/settings.test.ts compares the two.
 */
export const SECRETS =
  /^(TOKEN|TEMPORAL_API_KEY|TEMPORAL_CODEC_AUTH|TEMPORAL_TLS_CLIENT_KEY_DATA|TEMPORAL_GRPC_META_\w+|POSTGRES_PASSWORD|DATABASE_URL|DATABASE_PASSWORD)$/;

/** The position of `env_start` after the name in /proc/<pid>/stat, see proc_pid_stat(5). */
const ENV_START_FIELD = 47;

/**
 * Overwrites the secrets in the environment of another process, so that /proc/<pid>/environ no longer shows them. Use
 * this only for processes that end with this process, because they lose the secrets.
 *
 * If the system forbids this, as Ubuntu does, the secrets stay (https://docs.kernel.org/admin-guide/LSM/Yama.html).
 *
 * @param {number} pid
 */
export function blankSecrets(pid) {
  try {
    // Latin-1 keeps the number of bytes.
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name can contain spaces and parentheses.
    const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[ENV_START_FIELD]);
    const memory = openSync(`/proc/${pid}/mem`, 'r+');
    try {
      let at = 0;
      for (const entry of environment.split('\0')) {
        const [name = ''] = entry.split('=', 1);
        const length = entry.length - name.length - 1;
        if (SECRETS.test(name) && length > 0) {
          writeSync(memory, Buffer.alloc(length), 0, length, start + at + name.length + 1);
        }
        at += entry.length + 1;
      }
    } finally {
      closeSync(memory);
    }
  } catch {
    // The program itself must still start. In a sandbox, ffmpeg does not see other processes anyway.
  }
}

/**
 * Runs `work` without secrets in the environment of this process, so that no program that `work` starts gets them.
 * Afterwards, this process has its secrets again.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withoutSecrets(work) {
  const secrets = Object.entries(process.env).filter(([name]) => SECRETS.test(name));
  for (const [name] of secrets) Reflect.deleteProperty(process.env, name);
  try {
    return await work();
  } finally {
    Object.assign(process.env, Object.fromEntries(secrets));
  }
}
