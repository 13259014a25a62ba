const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;

/**
 * Reads where a clip starts, in seconds. Understands `12`, `12.5`, `1m30s` and `1h2m`. Returns null for other texts, for
 * the start of the clip, and for times after its end. `clipSeconds` is null if the length is unknown.
 */
export function parseStartSeconds(
  text: string | undefined,
  clipSeconds: number | null,
): number | null {
  const match = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/.exec(text ?? '');
  if (match === null) return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  const start = Number(hours) * HOUR_SECONDS + Number(minutes) * MINUTE_SECONDS + Number(seconds);
  return start > 0 && start < (clipSeconds ?? Infinity) ? start : null;
}
