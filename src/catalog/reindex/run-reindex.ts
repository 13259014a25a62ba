import { reconcile, type ReconcileParts } from '../reconcile/reconcile.ts';
import type { ReconcileProgress } from '../reconcile/store.ts';
import { createProgressLines } from './progress-lines.ts';

export interface ReindexParts extends Omit<ReconcileParts, 'log'> {
  /** Where the bucket is, such as `gs://clips`. */
  location: string;
  /** Prints one line. */
  print: (line: string) => void;
}

const DONE = 0;
const FAILED = 1;
/** The exit code of a program that Ctrl-C has stopped. */
const INTERRUPTED = 130;

/**
 * Brings the catalog up to date, and prints the progress. Returns the exit code: 0 if the catalog is complete, 1 if
 * another reconcile runs or this one failed, 130 if `signal` stopped it.
 */
export async function runReindex(parts: ReindexParts, signal: AbortSignal): Promise<number> {
  const { location, print } = parts;
  const printLine = (line: string): void => {
    print(line);
  };
  const log = { info: printLine, warn: printLine } as ReconcileParts['log'];
  const lines = createProgressLines();
  const startedAtMs = performance.now();
  print(`Comparing the catalog with ${location}.`);
  try {
    const summary = await reconcile(
      { ...parts, log },
      {
        signal,
        onProgress: (progress) => {
          const line = lines(progress);
          if (line !== null) print(line);
        },
      },
    );
    if (summary === null) {
      print(await describeOther(parts));
      return FAILED;
    }
    const seconds = Math.max(1, Math.round((performance.now() - startedAtMs) / 1000));
    const { listed, read, unreadable, removed } = summary;
    print(
      `The catalog is complete: ${count(listed)} objects, ${count(read)} of them read, ${count(unreadable)} unreadable; ${count(removed)} removed; ${seconds} s.`,
    );
    return DONE;
  } catch (error) {
    if (signal.aborted) {
      print('Stopped. What was read is kept, and the next reindex goes on from there.');
      return INTERRUPTED;
    }
    const reason = error instanceof Error ? error.message : String(error);
    print(`The reindex stopped: ${reason}. What was read is kept; run it again.`);
    return FAILED;
  }
}

async function describeOther({ catalog }: ReindexParts): Promise<string> {
  const running: ReconcileProgress | null = (await catalog.readState()).reconcile;
  const far =
    running === null
      ? ''
      : ` (${count(running.done)}${running.total === null ? '' : ` of about ${count(running.total)}`} clips)`;
  return `Another process is already comparing the catalog with the bucket${far}. Wait until it has finished.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
