import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * Matches the variables that contain secrets. `scripts/support/secrets.mjs` has the same pattern, because the scripts
 * run before the program is built. A test compares the two.
 */
export const SECRETS =
  /^(TOKEN|TEMPORAL_API_KEY|TEMPORAL_CODEC_AUTH|TEMPORAL_TLS_CLIENT_KEY_DATA|TEMPORAL_GRPC_META_\w+|POSTGRES_PASSWORD|DATABASE_URL|DATABASE_PASSWORD)$/;

/** The position of `env_start` after the name in /proc/<pid>/stat, see proc_pid_stat(5). */
const ENV_START_FIELD = 47;

/**
 * Removes the secrets from this process's environment, so that no child inherits them. Also clears the secrets that
 * other processes of the same user see in /proc/<pid>/environ. A removed variable stays in /proc, because /proc shows
 * the memory with which the process was started. The other variables stay as they are, even if they are not UTF-8.
 *
 * Other systems than Linux have no /proc. There, only the first part happens.
 */
export function hideEnvironment(): void {
  for (const name of Object.keys(process.env)) {
    if (SECRETS.test(name)) Reflect.deleteProperty(process.env, name);
  }
  try {
    clearInitialSecrets();
  } catch {
    // Without /proc, or if the memory can't be written, `initialSecrets` still finds the secrets, and the doctor warns.
  }
}

/** Returns the names of the secrets that /proc/<pid>/environ of this process shows. */
export function initialSecrets(): string[] {
  try {
    const entries = readFileSync('/proc/self/environ', 'latin1').split('\0');
    return entries
      .map((entry) => entry.split('=', 1)[0] ?? '')
      .filter((name) => SECRETS.test(name));
  } catch {
    return [];
  }
}

/** Overwrites the secrets in the memory with which this process was started. No variable refers to that memory now. */
function clearInitialSecrets(): void {
  // Latin-1 keeps the number of bytes.
  const environment = readFileSync('/proc/self/environ', 'latin1');
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // The name can contain spaces and parentheses.
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[ENV_START_FIELD]);
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    let at = start;
    for (const entry of environment.split('\0')) {
      const { length } = entry;
      if (SECRETS.test(entry.split('=', 1)[0] ?? ''))
        writeSync(memory, Buffer.alloc(length), 0, length, at);
      at += length + 1;
    }
  } finally {
    closeSync(memory);
  }
}
