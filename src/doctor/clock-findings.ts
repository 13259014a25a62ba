import type { Finding } from './finding.ts';

/**
 * The largest allowed difference between this machine's clock and Discord's clock. Discord's clock decides when a link
 * expires, so refreshes could be late if this machine's clock is wrong.
 */
const MAX_SKEW_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** Compares this machine's clock with the Date header of a response from Discord. */
export async function clockFindings(apiUrl: string): Promise<Finding[]> {
  const check = 'clock';
  try {
    const response = await fetch(`${apiUrl}/v10/gateway`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const discordMs = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(discordMs)) {
      const says = 'not checked: the response from DISCORD_API_URL has no valid Date header';
      return [{ check, state: 'warning', says }];
    }
    const skewMs = Date.now() - discordMs;
    const direction = skewMs < 0 ? 'behind' : 'ahead of';
    const skew = `${Math.abs(Math.round(skewMs / 1000))} s ${direction} Discord's clock`;
    return Math.abs(skewMs) <= MAX_SKEW_MS
      ? [{ check, state: 'ok', says: skew }]
      : [{ check, state: 'fault', says: `${skew}: turn on time synchronization (NTP)` }];
  } catch {
    return [
      { check, state: 'warning', says: 'not checked: Discord did not answer; check the network' },
    ];
  }
}
