import type { PlaceCursor } from '../../clip/places/place.ts';
import type { ThreadListFault } from './thread-lists.ts';

type ListName = PlaceCursor['list'] | 'active';

const LIST_NAMES: Readonly<Record<ListName, string>> = {
  active: 'the active threads of',
  public: 'the archived threads of',
  private: 'the private archived threads of',
  joined: 'the joined private archived threads of',
};

/**
 * The sentence that says which threads may be missing. `where` names the channel or the server, and `grant` the
 * permission that the list needs.
 */
export function describeFault(
  { kind, message }: ThreadListFault,
  list: ListName,
  where: string,
  grant = 'Read Message History',
): string {
  const name = `the list of ${LIST_NAMES[list]} ${where}`;
  if (kind === 'denied') return `Discord denies ${name}: grant the bot ${grant} there`;
  if (kind === 'cut') return `${name} ends early, so threads are missing: ${message}`;
  return `${name} failed again and again, so threads may be missing: ${message}`;
}

/** The sentence for a channel in which the bot may list only some of the private archived threads. */
export function describeJoinedOnly(where: string): string {
  return `only the private archived threads of ${where} that the bot has joined are listed: grant the bot Manage Threads there to list all`;
}
