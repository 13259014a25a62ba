import type { Cost } from './cost.ts';
import type { Growth } from './growth.ts';
import type { Throughput } from './throughput.ts';

/** One figure, of clips and of the bare workflow. */
export interface Row {
  /** Its name in the JSON; the bare workflow's is made of it. */
  name: string;
  label: string;
  clip: number;
  bare: number;
  ratio: number;
  /** What the ratio must keep. */
  target?: { atLeast: number } | { atMost: number };
}

const LABELS: Record<keyof Cost, string> = {
  bytes: 'database bytes',
  runs: 'runs',
  events: 'history events',
  remoteActivities: 'remote activities',
  localActivities: 'local activities',
  workerCpuSeconds: 'CPU seconds of the worker',
  serverCpuSeconds: 'CPU seconds of the server',
};

export function rowsOf({ clip, bare, ratio }: Throughput, growth: Growth): Row[] {
  const perSecond = { clip: clip.perSecond, bare: bare.perSecond };
  return [
    {
      ...{ name: 'clipsPerSecond', label: 'from history to sleep, a second', ...perSecond },
      // The median of the pairs is steadier than the ratio of the medians.
      ...{ ratio, target: { atLeast: 0.8 } },
    },
    ...costRows('Clip', 'a sleeping clip', {
      // Many rounds of a warm worker tell more than one.
      clip: { ...growth.clip.sleeping, ...clip.cpu },
      bare: { ...growth.bare.sleeping, ...bare.cpu },
    }),
    ...costRows('Refresh', 'a refresh', {
      clip: growth.clip.refresh,
      bare: growth.bare.refresh,
    }),
  ];
}

const costRows = (unit: string, words: string, { clip, bare }: { clip: Cost; bare: Cost }): Row[] =>
  (Object.keys(LABELS) as (keyof Cost)[])
    .filter((cost) => cost !== 'runs')
    .map((cost) => ({
      name: `${cost}Per${unit}`,
      label: `${words}: ${LABELS[cost]}`,
      clip: clip[cost],
      bare: bare[cost],
      ratio: clip[cost] / bare[cost],
      ...(cost === 'bytes' && { target: { atMost: 1.3 } }),
    }));
