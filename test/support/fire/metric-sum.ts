const READ_EVERY_MS = 500;

/**
 * Sums a counter over the lives of a process. A killed process loses what it counted since the last reading, which is
 * at most 500 ms ago.
 * @param metric matches the lines of the counter
 */
export function sumMetric(
  metricsAddress: string,
  metric: RegExp,
): { sum: () => number; stop: () => void } {
  let before = 0;
  let latest = 0;
  const read = async (): Promise<void> => {
    const response = await fetch(`http://${metricsAddress}/metrics`, {
      signal: AbortSignal.timeout(READ_EVERY_MS),
    });
    let value = 0;
    for (const line of (await response.text()).split('\n')) {
      if (metric.test(line)) value += Number(line.split(' ').at(-1));
    }
    if (value < latest) before += latest;
    latest = value;
  };
  const timer = setInterval(() => {
    // The process may be down.
    read().catch(() => undefined);
  }, READ_EVERY_MS);
  return {
    sum: () => before + latest,
    stop: () => {
      clearInterval(timer);
    },
  };
}
