import { log } from '@temporalio/activity';
import type { Metrics } from '../../metrics.ts';

/** If a server changes the format of its links, the links of all clips change, so one log line covers many links. */
const LOG_INTERVAL_MS = 60 * 1000;

export type ReportUnreadableLink = (title: string) => void;

/** Creates the function that counts each link without a readable expiry, and logs the number once a minute. */
export function createUnreadableLinkReport(
  metrics: Pick<Metrics, 'linkUnreadable'>,
  now: () => number = Date.now,
): ReportUnreadableLink {
  let unlogged = 0;
  let loggedAtMs = -Infinity;
  return (title) => {
    metrics.linkUnreadable();
    unlogged += 1;
    if (Math.abs(now() - loggedAtMs) < LOG_INTERVAL_MS) return;
    const others = unlogged === 1 ? '' : ` and ${unlogged - 1} others`;
    log.warn(
      `cannot read when the link of ${title}${others} expires, because its parameter ex is missing or invalid: refreshing such links once a day, but they may be dead`,
    );
    unlogged = 0;
    loggedAtMs = now();
  };
}
