/** What the demo's people post. Every name and every text is invented. */
export interface Post {
  /** The index of a person. */
  by: number;
  text: string;
  game?: string;
  /** The indexes of the people in the stream. A post with players is one of Discord's own clips. */
  with?: readonly number[];
}

/** The name of an account, and the name that the account shows. */
export const PEOPLE: readonly { username: string; globalName: string }[] = [
  { username: '_juno', globalName: 'Juno' },
  { username: 'marlow', globalName: 'Marlow' },
  { username: 'kestrel', globalName: 'kestrel' },
  { username: 'zoya.k', globalName: 'Зоя' },
  { username: 'niki_0', globalName: 'Νίκη' },
  { username: 'tam_o', globalName: 'Tam O’Reef' },
];

/** One post for each scene, in the order of the scenes. */
export const POSTS: readonly Post[] = [
  { by: 0, text: 'last lap, last corner, no brakes left', game: 'Ridge Rally', with: [0, 1] },
  { by: 1, text: 'ace on the bridge\nthey came one by one', game: 'Breach Point' },
  { by: 2, text: 'how do I even steer in here', game: 'Outer Drift' },
  { by: 3, text: 'Это поле играет само, я только смотрю' },
  { by: 4, text: 'Χωρίς σκόπευτρο, με την πρώτη!', game: 'Breach Point', with: [4, 2, 0] },
  {
    by: 5,
    text: 'Rally of the year. Nobody wanted to lose this one, so nobody did for half a minute 🏓',
  },
  { by: 1, text: 'recorded on the phone, sorry. The blocks fell for me', game: 'Tetrapile' },
  { by: 0, text: 'The final boss ||is the old captain from chapter one||', game: 'Lantern Keep' },
  {
    by: 2,
    text: 'deep dive, ultrawide. Map of the route: https://example.org/dive',
    game: 'Abyss Run',
  },
  { by: 3, text: 'لن تتجاوز الموجة ٣٠ أبدًا\n> cleared it', game: 'Invaders 2', with: [3, 5] },
  { by: 4, text: 'gg' },
  { by: 5, text: 'sunset over the bay, **no** filter', game: 'Skylark' },
  { by: 1, text: 'found this on an old drive' },
  {
    by: 0,
    text: 'the whole marathon, 40 seconds of nerves 😅',
    game: 'Ridge Rally',
    with: [0, 1, 2, 5],
  },
];

const DAY_MS = 86_400_000;
/** The history covers this time. */
const HISTORY_DAYS = 730;
/** The newest message of the history is this old, so that the demo's new messages are newer. */
const NEWEST_DAYS = 2;

/**
 * Returns when the messages of a history were posted, oldest first, in epoch milliseconds. The times are spread over
 * two years. One of them is today a year ago, so that the library has a clip for "On this day".
 */
export function historyTimes(count: number, nowMs: number): number[] {
  const yearAgo = new Date(nowMs);
  yearAgo.setUTCFullYear(yearAgo.getUTCFullYear() - 1);
  const span = HISTORY_DAYS - NEWEST_DAYS;
  const times = Array.from({ length: count }, (_, at) => {
    // The times of a day must differ, or all clips would be posted at the same minute.
    const days = HISTORY_DAYS - (span * at) / Math.max(count - 1, 1) - ((at * 7) % 10) / 40;
    return Math.round(nowMs - days * DAY_MS);
  });
  const closest = times.reduce(
    (best, time, at) => (distance(time) < distance(times[best] ?? 0) ? at : best),
    0,
  );
  if (count > 1) times[closest] = yearAgo.getTime();
  return times.sort((a, b) => a - b);

  function distance(time: number): number {
    return Math.abs(time - yearAgo.getTime());
  }
}
