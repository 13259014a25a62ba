/** The speeds of the menu and of the keys. */
export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;
export const NORMAL_SPEED = 1;

/** Returns the next faster (+1) or slower (-1) speed, or the same speed at the end of the list. */
export function changeSpeed(speed: number, step: 1 | -1): number {
  const next =
    step === 1
      ? SPEEDS.find((candidate) => candidate > speed)
      : SPEEDS.findLast((candidate) => candidate < speed);
  return next ?? speed;
}

/** Returns the remembered speed if it is one of the list, else the normal one. */
export function checkSpeed(speed: unknown): number {
  return SPEEDS.find((candidate) => candidate === speed) ?? NORMAL_SPEED;
}

/** Returns `1×` or `0.5×`. */
export function speedText(speed: number): string {
  return `${speed}×`;
}
