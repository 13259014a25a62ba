import { cardOf, titleLinkOf } from './cards.ts';
import { frameAt } from './frame-at.ts';

/** The pointer rests on a picture for this long before its storyboard is loaded, in milliseconds. */
const HOVER_MS = 150;
/** On keyboard focus, each frame is shown for this long. Ten frames end before 5 s: WCAG 2.2.2. */
const FRAME_MS = 450;
const MAX_FRAMES = 10;

interface Storyboard {
  card: HTMLElement;
  /** A storyboard that the focus started ends by itself. The mouse ends only its own. */
  startedBy: 'mouse' | 'focus';
  picture: HTMLElement;
  frames: number;
  /** Null until the frames are loaded. */
  box: HTMLElement | null;
  timer: number;
  /** The pointer's place, in CSS pixels of the window. */
  x: number;
}

/** Shows frames of a clip over its picture: under a mouse the frame at its place, on keyboard focus all frames once. */
export function startStoryboards(): void {
  // Only one storyboard is loaded at a time.
  let current: Storyboard | null = null;
  const stop = () => {
    if (current === null) return;
    clearTimeout(current.timer);
    current.box?.remove();
    current = null;
  };
  const start = (
    card: HTMLElement,
    startedBy: Storyboard['startedBy'],
    x: number,
  ): Storyboard | null => {
    stop();
    const picture = card.querySelector<HTMLElement>('.picture');
    const frames = Math.min(Number(card.dataset.frames), MAX_FRAMES);
    if (picture === null || !card.dataset.moments || !(frames > 0)) return null;
    current = { card, startedBy, picture, frames, box: null, timer: 0, x };
    return current;
  };
  const follow = (board: Storyboard) => {
    if (board.box === null) return;
    showFrame(board, frameAt(board.x, board.picture.getBoundingClientRect(), board.frames));
  };
  document.addEventListener('pointermove', (event) => {
    if (event.pointerType !== 'mouse') return;
    const card = cardOf(event.target);
    const isOver = card !== null && isInside(card.querySelector('.picture'), event);
    if (!isOver) {
      if (current?.startedBy === 'mouse') stop();
      return;
    }
    if (current?.card === card) {
      current.x = event.clientX;
      follow(current);
      return;
    }
    const board = start(card, 'mouse', event.clientX);
    if (board === null) return;
    board.timer = setTimeout(() => {
      void load(board).then((isLoaded) => {
        if (isLoaded && board === current) follow(board);
      });
    }, HOVER_MS);
  });
  document.addEventListener('pointerleave', stop);
  document.addEventListener('focusout', stop);
  document.addEventListener('focusin', (event) => {
    const card = cardOf(event.target);
    const link = titleLinkOf(card);
    if (card === null || link !== event.target || !link?.matches(':focus-visible')) return;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const board = start(card, 'focus', 0);
    if (board === null) return;
    const play = (frame: number) => {
      if (board !== current) return;
      if (frame >= board.frames) {
        stop();
        return;
      }
      showFrame(board, frame);
      board.timer = setTimeout(() => play(frame + 1), FRAME_MS);
    };
    void load(board).then((isLoaded) => {
      if (isLoaded) play(0);
    });
  });

  /** Returns false if the picture does not load or the reader is elsewhere by then. */
  async function load(board: Storyboard): Promise<boolean> {
    const box = document.createElement('div');
    const sprite = document.createElement('img');
    const bar = document.createElement('progress');
    bar.max = board.frames;
    bar.setAttribute('aria-hidden', 'true');
    sprite.alt = '';
    sprite.src = board.card.dataset.moments ?? '';
    box.append(sprite, bar);
    try {
      await sprite.decode();
    } catch {
      return false;
    }
    if (board !== current) return false;
    board.box = box;
    board.picture.append(box);
    return true;
  }
}

/** Each frame has a class, because the content security policy forbids styles in the page. */
function showFrame({ box }: Storyboard, frame: number): void {
  if (box === null) return;
  box.className = `story frame-${frame}`;
  const bar = box.querySelector('progress');
  if (bar !== null) bar.value = frame + 1;
}

function isInside(element: Element | null, { clientX, clientY }: PointerEvent): boolean {
  if (element === null) return false;
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX >= left && clientX < right && clientY >= top && clientY < bottom;
}
