import { SPOILER } from '../../clip/message/spoilers.ts';
import { plainWithoutSecrets } from '../../errors.ts';

/** What stands for the text of a spoiler. */
const COVER = '▇▇▇';

/**
 * Returns the text of a message for programs: its lines, without invisible characters and without the signatures of
 * quoted links. A covered spoiler keeps its place. The text may contain markup.
 */
export function messageText(
  message: string,
  { showsSpoilers }: { showsSpoilers: boolean },
): string {
  const text = showsSpoilers ? message : message.replace(SPOILER, COVER);
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => plainWithoutSecrets(line, { markup: 'kept' }))
    .join('\n')
    .trim();
}
