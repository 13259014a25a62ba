import { plain } from '../clip/plain.ts';
import { messageOf } from '../errors.ts';

/** The result of one check. */
export interface Finding {
  check: string;
  /**
   * With a `fault`, Everclip can't run. With a `warning`, Everclip can run, but an operator should decide what to do.
   */
  state: 'ok' | 'warning' | 'fault';
  /** What the check found, or the one thing that the operator should do. Contains no secrets. */
  says: string;
}

/** Runs one check. `run` returns what it found, or throws an Error that says what to do. */
export async function runCheck(check: string, run: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'ok', says: await run() };
  } catch (error) {
    return { check, state: 'fault', says: messageOf(error) };
  }
}

/** Runs a group of checks. If `run` throws, the error becomes a finding, and the other groups still run. */
export async function runChecks(
  check: string,
  run: () => Finding[] | Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    return [{ check, state: 'fault', says: messageOf(error) }];
  }
}

const MARKS: Record<Finding['state'], string> = { ok: 'ok', warning: 'warn', fault: 'FAULT' };

/** Formats findings as JSON. People read this output in a terminal too, so its texts are plain. */
export function findingsAsJson(findings: readonly Finding[]): string {
  const shown = findings.map((finding) => ({ ...finding, says: shownText(finding.says) }));
  return JSON.stringify(shown, null, 2);
}

/** Formats findings as a table for a terminal. The last line is a summary. */
export function formatFindings(findings: readonly Finding[]): string {
  const checkWidth = Math.max(...findings.map(({ check }) => check.length));
  const faults = findings.filter(({ state }) => state === 'fault').length;
  return [
    ...findings.map(
      ({ check, state, says }) =>
        `${MARKS[state].padEnd(6)} ${check.padEnd(checkWidth)}  ${shownText(says)}`,
    ),
    '',
    faults === 0 ? 'Everclip can run.' : `Everclip cannot run: fix ${countFaults(faults)}.`,
  ].join('\n');
}

/** Findings may contain texts of strangers, such as names of channels. */
function shownText(says: string): string {
  return plain(says, { markup: 'kept' });
}

function countFaults(count: number): string {
  return count === 1 ? 'the FAULT above' : `the ${count} FAULTs above`;
}
