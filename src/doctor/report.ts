import type { Finding } from './finding.ts';

const MARKS: Record<Finding['state'], string> = { ok: 'ok', warning: 'look', fault: 'FAULT' };

/** The findings as a table for a terminal, and a last line that sums them up. */
export function reportOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const faults = findings.filter(({ state }) => state === 'fault').length;
  return [
    ...findings.map(
      ({ check, state, says }) => `${MARKS[state].padEnd(6)} ${check.padEnd(width)}  ${says}`,
    ),
    '',
    faults === 0 ? 'Everclip can run.' : `${faults} to mend before Everclip can run.`,
  ].join('\n');
}
