import { integerBetween, pick, type Random } from './pick.ts';
import { createTitle } from './text.ts';

/** Returns the name that a recorder, a phone or a person gave to the file, without its extension. */
export function createFilename(random: Random, game: string, date: Date): string {
  const [day = '', time = ''] = date.toISOString().slice(0, 19).split('T');
  const clock = time.replaceAll(':', '-');
  const digits = (count: number) =>
    Array.from({ length: count }, () => integerBetween(random, 0, 9)).join('');
  return pick(random, [
    () => `Replay_${day}_${clock}`,
    () => `${day}_${clock}`,
    () => `${game.replaceAll(' ', '_')}_${day.replaceAll('-', '.')}_-_${clock}.${digits(2)}.DVR`,
    () => `Desktop_${day.replaceAll('-', '.')}_-_${clock}.${digits(2)}.DVR`,
    () => `VID_${day.replaceAll('-', '')}_${clock.replaceAll('-', '')}`,
    () => `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`,
    () => 'video',
    () => createTitle(random).replaceAll(' ', '_'),
    () => createTitle(random).replaceAll(' ', '_'),
    () => `${game} ${createTitle(random)}`,
  ])();
}
