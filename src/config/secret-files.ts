import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Returns the absolute paths of the files that may contain secrets, whether or not they exist: `.env`, the files that
 * the settings name, and the files in which Google's and Temporal's libraries look by default.
 */
export function listSecretFiles(env: Env): string[] {
  const named = [
    env.TOKEN_FILE,
    env.TEMPORAL_API_KEY_FILE,
    env.DATABASE_URL_FILE,
    env.DATABASE_PASSWORD_FILE,
    env.TEMPORAL_TLS_CLIENT_KEY_PATH,
    env.TEMPORAL_CONFIG_FILE,
    env.GOOGLE_APPLICATION_CREDENTIALS,
  ].map((path) => path?.trim() ?? '');
  const home = env.HOME ?? '';
  const configFolder = env.XDG_CONFIG_HOME ?? (home && join(home, '.config'));
  const defaults = configFolder
    ? [
        join(configFolder, 'temporalio', 'temporal.toml'),
        // https://cloud.google.com/docs/authentication/application-default-credentials
        join(home, '.config', 'gcloud', 'application_default_credentials.json'),
      ]
    : [];
  const paths = ['.env', ...named, ...defaults].filter((path) => path !== '');
  return [...new Set(paths.map((path) => resolve(path)))];
}

/**
 * Returns the secret in a file, without the white space around it.
 * @throws Error that says what is wrong and what to write instead
 */
export function readSecretFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `the file cannot be read (${code}): write the path of a file that contains only the secret`,
      { cause: error },
    );
  }
  if (text === '') throw new Error('the file is empty: write only the secret into the file');
  return text;
}
