import { say } from './benchmark.ts';

export type Target = { min: number } | { max: number };

/** True if the figure meets its target. A figure that is NaN misses every target. */
export function meetsTarget(figure: number, target: Target): boolean {
  return 'min' in target ? figure >= target.min : figure <= target.max;
}

export function formatTarget(target: Target): string {
  return 'min' in target ? `at least ${target.min}` : `at most ${target.max}`;
}

/** If the figure misses its target, prints a line, and the benchmark exits with 1. */
export function checkTarget(name: string, figure: number, target: Target): void {
  if (meetsTarget(figure, target)) return;
  reportMiss(`MISSED ${name}: ${Number(figure.toPrecision(4))}, not ${formatTarget(target)}`);
}

/** Prints which target was missed. The benchmark then exits with 1 after it has printed its results. */
export function reportMiss(line: string): void {
  say(line);
  process.exitCode = 1;
}
