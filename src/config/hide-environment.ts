import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * Matches the variables that contain secrets. `scripts/support/secrets.mjs` has the same pattern, because the scripts
 * run before the program is built. A test compares the two.
 */
export const SECRETS =
  /^(TOKEN|TEMPORAL_API_KEY|TEMPORAL_CODEC_AUTH|TEMPORAL_TLS_CLIENT_KEY_DATA|TEMPORAL_GRPC_META_\w+|POSTGRES_PASSWORD)$/;

/** The positions of `env_start` and `env_end` after the name in /proc/<pid>/stat, see proc_pid_stat(5). */
const ENV_START_FIELD = 47;
const ENV_END_FIELD = 48;

/**
 * Removes the secrets from this process's environment, so that no child inherits them. Also clears the environment that
 * other processes of the same user see in /proc/<pid>/environ. A removed variable stays in /proc, because /proc shows
 * the memory with which the process was started.
 *
 * Other systems than Linux have no /proc. There, only the first part happens.
 */
export function hideEnvironment(): void {
  for (const name of Object.keys(process.env)) {
    if (SECRETS.test(name)) Reflect.deleteProperty(process.env, name);
  }
  // Setting a variable moves its text to the heap. Afterwards, nothing refers to the original memory.
  const environment = { ...process.env };
  Object.assign(process.env, environment);
  try {
    clearInitialEnvironment();
  } catch {
    // Without /proc, or if the memory can't be written, `initialSecrets` still finds the secrets, and the doctor warns.
  }
  // If a platform's setenv(3) changes the text in place, set the variables again.
  Object.assign(process.env, environment);
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

/** Overwrites the memory that holds the environment with which this process was started. */
function clearInitialEnvironment(): void {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // The name can contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const start = Number(fields[ENV_START_FIELD]);
  const length = Number(fields[ENV_END_FIELD]) - start;
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    writeSync(memory, Buffer.alloc(length), 0, length, start);
  } finally {
    closeSync(memory);
  }
}
