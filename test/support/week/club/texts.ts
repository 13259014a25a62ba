import type { Dice } from '../dice.ts';
import type { Club, Place } from './club.ts';

/** A text, and the ids of the users that it mentions. */
export interface Text {
  readonly content: string;
  readonly mentions: readonly string[];
}

const WORDS = ['ace', 'clutch', '**gg**', 'last second', '||spoiler||', 'ваншот', '1v5', '🎯'];

const WEIGHTS = {
  word: 6,
  user: 1,
  stranger: 0.5,
  channel: 1,
  here: 1,
  thread: 1,
  emoji: 0.5,
  line: 0.5,
  unknown: 0.5,
};

/** Returns a text of words, mentions, emoji and lines. */
export function randomText(dice: Dice, club: Club, place: Place): Text {
  const mentions: string[] = [];
  const pieces = Array.from({ length: dice.count(1, 4) }, () => {
    const kind = dice.pickWeighted(WEIGHTS);
    if (kind === 'user') {
      const id = dice.pick(club.people);
      mentions.push(id);
      return dice.chance(0.5) ? `<@${id}>` : `<@!${id}>`;
    }
    if (kind === 'stranger') return '<@1>';
    if (kind === 'channel') return `see <#${dice.pick(club.channels).id}>`;
    if (kind === 'here') return `in <#${place.id}>`;
    if (kind === 'thread' && club.threads.length > 0) {
      return `as in <#${dice.pick(club.threads).id}>`;
    }
    if (kind === 'emoji') return dice.pick(['<:kekw:5>', '<a:dance:6>']);
    if (kind === 'line') return 'first\nsecond';
    if (kind === 'unknown') return '<@&123> <#456>';
    return dice.pick(WORDS);
  });
  return { content: pieces.join(' '), mentions: [...new Set(mentions)] };
}
