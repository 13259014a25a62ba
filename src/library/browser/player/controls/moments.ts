import { findMoment } from '../rules/times.ts';

const BUTTONS = '#moments [data-at]';

/** Returns the time of a moment's button in seconds, or null if the element is not inside one. */
export function momentOf(target: Element): number | null {
  const button = target.closest<HTMLElement>(BUTTONS);
  return button === null ? null : timeOf(button);
}

/** Marks the moment that the video shows. */
export function markMoment(seconds: number): void {
  const buttons = [...document.querySelectorAll<HTMLElement>(BUTTONS)];
  const current = buttons[findMoment(buttons.map(timeOf), seconds)];
  if (current?.hasAttribute('aria-current') === true) return;
  for (const button of buttons) button.removeAttribute('aria-current');
  if (current === undefined) return;
  current.setAttribute('aria-current', 'true');
  // `scrollIntoView` could move the whole page.
  const strip = current.parentElement?.closest<HTMLElement>('#moments');
  if (strip === null || strip === undefined) return;
  const room = strip.clientWidth - current.offsetWidth;
  strip.scrollLeft = current.offsetLeft - strip.offsetLeft - room / 2;
}

function timeOf(button: HTMLElement): number {
  return Number(button.dataset.at);
}
