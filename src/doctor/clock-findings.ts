import type { Finding } from './finding.ts';

/** A link is refreshed long before its lease ends; a clock this wrong shortens the margin noticeably. */
const MOST_SKEW_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** Compares this machine's clock with the Date header of Discord's answers: leases end by Discord's clock. */
export async function checkClock(apiUrl: string): Promise<Finding[]> {
  const check = 'clock';
  try {
    const response = await fetch(`${apiUrl}/v10/gateway`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const theirs = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(theirs)) {
      return [{ check, state: 'warning', says: 'Discord names no date to compare with' }];
    }
    const skewMs = Date.now() - theirs;
    const skew = `${Math.abs(Math.round(skewMs / 1000))} s ${skewMs < 0 ? 'behind' : 'ahead of'} Discord's`;
    return Math.abs(skewMs) <= MOST_SKEW_MS
      ? [{ check, state: 'ok', says: skew }]
      : [{ check, state: 'fault', says: `it is ${skew}: turn on time synchronisation (NTP)` }];
  } catch {
    return [{ check, state: 'warning', says: 'not compared: Discord does not answer' }];
  }
}
