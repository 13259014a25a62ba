/** Tells who waits how far it is; on stderr, for stdout is the result's. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
