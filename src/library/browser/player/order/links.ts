import { clipIdOfLink } from '../../page/clip-link.ts';
import { isPlainClick } from '../../page/is-plain-click.ts';
import { tell } from '../../page/say.ts';
import { PLAYER_WORDS } from '../words.ts';

/** Links that lead from clip to clip, and the link that uncovers one. Links in a message keep their meaning. */
const CLIP_LINKS = '#previous, #next, [rel=prev], [rel=next], #side a, #show';

/** Returns the address of the next or previous clip. At the end of the list, the reader is told so. */
export function findNeighbour(direction: 'next' | 'previous'): string | null {
  const rel = direction === 'next' ? 'next' : 'prev';
  const link = document.querySelector<HTMLAnchorElement>(`#${direction}[href], a[rel=${rel}]`);
  if (link !== null) return link.href;
  tell(direction === 'next' ? PLAYER_WORDS.noNext : PLAYER_WORDS.noPrevious);
  return null;
}

/** Returns the address if the click follows a link to another clip in this tab, else null. */
export function clickedClip(event: MouseEvent): string | null {
  if (!isPlainClick(event) || !(event.target instanceof Element)) return null;
  const link = event.target.closest<HTMLAnchorElement>('a[href]');
  if (link?.target !== '') return null;
  if (link.id === 'random') return link.href;
  return clipIdOfLink(link) !== null && link.matches(CLIP_LINKS) ? link.href : null;
}
