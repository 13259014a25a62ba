import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs a benchmark and exits, even if connections or child processes are still open. Exits with 1 if the benchmark failed
 * or missed a target.
 */
export async function runBenchmark(main: () => Promise<void>): Promise<never> {
  try {
    await main();
    process.exit(process.exitCode ?? 0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

/** Prints progress to stderr, because stdout holds only the result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Creates a folder that is removed when this process exits. After a SIGKILL, the folder remains. */
export function createTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'everclip-bench-'));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  // Without these handlers, a signal would end the process without an `exit` event.
  process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(143));
  return folder;
}
