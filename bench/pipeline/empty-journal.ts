import { spawn } from 'node:child_process';
import { freePort } from './free-port.ts';

/** Starts a stopped server once in another journal mode, which writes all of the WAL into the database. */
export async function emptyJournal(temporalCli: string, database: string): Promise<void> {
  const child = spawn(
    temporalCli,
    [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--log-level', 'never'],
      ...['--port', String(await freePort()), '--db-filename', database],
      ...['--sqlite-pragma', 'journal_mode=DELETE'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  try {
    await new Promise<void>((resolve, reject) => {
      let served = false;
      child.on('error', reject);
      child.on('exit', () => {
        if (served) resolve();
        else reject(new Error('the dev server does not start in the journal mode DELETE'));
      });
      // It prints its address when it serves.
      child.stdout.once('data', () => {
        served = true;
        child.kill('SIGTERM');
      });
    });
  } finally {
    process.off('exit', kill);
  }
}
