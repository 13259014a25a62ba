import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Stamps the dev server's database with the version of the server that makes it, and refuses another
 * version: the dev server doesn't upgrade its tables.
 * @throws Error with one sentence that says how to move on
 */
export async function claimDatabase(temporalCli: string, dataDir: string): Promise<void> {
  const stamp = join(dataDir, 'temporal.version');
  const version = await serverVersion(temporalCli);
  const made = (await readFile(stamp, 'utf8').catch(() => '')).trim();
  // A database from before there were stamps is taken for one of today's.
  if (made === '' || !existsSync(join(dataDir, 'temporal.db'))) {
    await writeFile(stamp, `${version}\n`);
  } else if (made !== version) {
    throw new Error(
      `the database in ${dataDir} is of Temporal server ${made}, and "${temporalCli}" is ${version}: ` +
        `set TEMPORAL_CLI to one of ${made}, or set DATA_DIR to a new folder and backfill each channel ` +
        `(docs/operations.md, "Moving")`,
    );
  }
}

/** The CLI's own version is `0.0.0-DEV` where Go built it; the server's is what makes the tables. */
async function serverVersion(temporalCli: string): Promise<string> {
  try {
    const { stdout } = await run(temporalCli, ['--version']);
    return /Server ([\w.-]+)/.exec(stdout)?.[1] ?? stdout.trim();
  } catch (error) {
    throw new Error(
      `the Temporal CLI "${temporalCli}" can't be run: set TEMPORAL_CLI to its path`,
      {
        cause: error,
      },
    );
  }
}
