import type { ThreadListFault } from './thread-lists.ts';

/** The sentence that says why threads may be missing. `threads` and `where` name the list. */
export function describeFault(fault: ThreadListFault, threads: string, where: string): string {
  if (fault.kind === 'denied') {
    return `Discord denies the list of the ${threads} of ${where}: grant the bot Read Message History there`;
  }
  return `the list of the ${threads} of ${where} failed again and again, so threads may be missing: ${fault.message}`;
}
