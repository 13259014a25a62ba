import { setTimeout as pause } from 'node:timers/promises';
import { createSandbox, sandboxFaults, setSandbox } from './sandbox.ts';
import { type SandboxTrial, type TrialOptions, trySandbox } from './try-sandbox.ts';

export interface KeeperOptions extends TrialOptions {
  /**
   * Called if ffmpeg and ffprobe run without the sandbox from now on.
   * @param isExpected true if the machine simply has no sandbox, as in most containers
   */
  onNoSandbox: (reason: string, isExpected: boolean) => void;
  /** How long a passing failure of the trial counts, in milliseconds; 10 s by default. */
  retryMs?: number;
}

/** How often the trial is repeated at once if it fails for a passing reason, and the pause in between. */
const MAX_TRIALS = 3;
const TRIAL_PAUSE_MS = 300;
/**
 * The trial is not repeated at once if it has taken this long. A clip waits for the trial, and the media process is
 * killed if it reports nothing for 15 s.
 */
const MAX_TRIALS_MS = 3000;
const DEFAULT_RETRY_MS = 10_000;

/**
 * Runs ffmpeg and ffprobe of this process in a sandbox whenever the sandbox works on this machine. Tries the sandbox out
 * again if the trial failed for a passing reason, such as too little memory, and after the sandbox has failed for a clip.
 */
export class SandboxKeeper {
  readonly #options: KeeperOptions;
  #running: Promise<void> | null = null;
  #last: SandboxTrial | null = null;
  /** When the last trial ended, as `performance.now()`. */
  #endedAt = 0;
  /** The number of faults before the last trial. */
  #knownFaults = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Waits until it is known whether the sandbox works. Call this method before each clip. */
  async ready(): Promise<void> {
    if (this.#isTrialDue())
      this.#running ??= this.#try().finally(() => {
        this.#running = null;
      });
    await this.#running;
  }

  #isTrialDue(): boolean {
    if (this.#last === null || this.#knownFaults !== sandboxFaults()) return true;
    if (this.#last.works || this.#last.why !== 'passing') return false;
    return performance.now() - this.#endedAt >= (this.#options.retryMs ?? DEFAULT_RETRY_MS);
  }

  async #try(): Promise<void> {
    this.#knownFaults = sandboxFaults();
    const trial = await repeatTrial(this.#options);
    const before = this.#last;
    this.#last = trial;
    this.#endedAt = performance.now();
    setSandbox(trial.works ? createSandbox(this.#options) : null);
    if (trial.works) return;
    // Say it once, not before every clip.
    if (before?.works === false && before.reason === trial.reason) return;
    const isExpected = trial.why === 'forbidden' && before === null;
    this.#options.onNoSandbox(trial.reason, isExpected);
  }
}

async function repeatTrial(options: TrialOptions): Promise<SandboxTrial> {
  const startedAt = performance.now();
  for (let trials = 1; ; trials++) {
    const trial = await trySandbox(options);
    if (trial.works || trial.why !== 'passing' || trials === MAX_TRIALS) return trial;
    if (performance.now() - startedAt > MAX_TRIALS_MS) return trial;
    await pause(TRIAL_PAUSE_MS);
  }
}
