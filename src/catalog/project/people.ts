import type { RecordedPlayer } from '../../clip/record.ts';
import { nameKeyOf } from '../words/words.ts';
import { fieldsOf, textOf, userIdOf } from './fields.ts';

/** Discord's streams have fewer players. */
const MAX_PLAYERS = 50;
const MAX_MENTIONS = 50;
const MAX_NAME_LENGTH = 100;

/** Returns the valid players of a record's `Players`. */
export function playersOf(value: unknown): RecordedPlayer[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).slice(0, MAX_PLAYERS).flatMap((each) => {
    const { Id, Name, Display_Name } = fieldsOf(each);
    const id = userIdOf(Id);
    const name = textOf(Name, MAX_NAME_LENGTH);
    if (id === null || name === null) return [];
    return [{ Id: id, Name: name, Display_Name: textOf(Display_Name, MAX_NAME_LENGTH) || name }];
  });
}

/** A name that a mention was replaced by, as far as its first space. */
const MENTION = /@([\p{L}\p{N}_.]+)/gu;

/** Returns the ids and folded names of the people in a clip: the players, and the users that the message mentions. */
export function peopleOf(players: readonly RecordedPlayer[], description: string): string[] {
  const mentions = [...description.matchAll(MENTION)].slice(0, MAX_MENTIONS);
  return [
    ...new Set([
      ...players.flatMap(({ Id, Name, Display_Name }) => [
        Id,
        nameKeyOf(Name),
        nameKeyOf(Display_Name),
      ]),
      ...mentions.map(([, name = '']) => nameKeyOf(name)),
    ]),
  ];
}
