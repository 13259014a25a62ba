import { readSwipe, type Touched } from '../rules/read-swipe.ts';

/** Things that a finger moves or presses themselves. */
const NOT_SWIPED = '#moments, button, input, textarea, summary, details, pre';

/** Listens for swipes on the elements that `selector` matches, also on those that appear later. */
export function listenToSwipes(
  selector: string,
  go: (direction: 'next' | 'previous') => void,
): void {
  let from: Touched | null = null;
  document.addEventListener(
    'touchstart',
    (event) => {
      const { target } = event;
      const isSwiped =
        event.touches.length === 1 &&
        target instanceof Element &&
        target.closest(selector) !== null &&
        target.closest(NOT_SWIPED) === null;
      from = isSwiped ? placeOf(event) : null;
    },
    { passive: true },
  );
  document.addEventListener(
    'touchend',
    (event) => {
      const direction = from && readSwipe(from, placeOf(event), innerWidth);
      from = null;
      // While text is selected, the finger moves the end of the selection.
      if (direction && getSelection()?.isCollapsed !== false) go(direction);
    },
    { passive: true },
  );
  document.addEventListener('touchcancel', () => (from = null), { passive: true });
}

function placeOf({ changedTouches, timeStamp }: TouchEvent): Touched {
  const touch = changedTouches[0];
  return { x: touch?.clientX ?? 0, y: touch?.clientY ?? 0, atMs: timeStamp };
}
