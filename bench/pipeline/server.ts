import type { Config } from '../../src/config.ts';

/** The Temporal server that is measured. */
export interface Server {
  config: Config;
  /** Null: it isn't ours, and may run elsewhere. */
  pid: number | null;
  /** Stops it where it is ours, and returns how many bytes of its database are in use, or have come to it. */
  stopAndMeasure(): Promise<number>;
}
