/**
 * The minimum rate at which bodies arrive, in bytes per second. A server that sends a few bytes now and then is never
 * idle, so without a minimum rate it would keep a slot for hours. A clip that arrives at this rate takes minutes.
 */
export const MIN_BYTES_PER_SECOND = 16 * 1024;
/**
 * Bodies that arrive at the same time share the minimum rate, because a slow line is not a server's fault. A share is at
 * least this large, so that many stalled bodies don't keep all slots.
 */
const MIN_SHARE = 4 * 1024;
const DEFAULT_WINDOW_MS = 30_000;

/** The clocks that are running in this process. */
const running = new Set<RateClock>();

/**
 * Measures the rate at which the bodies of one clip arrive. The clock runs only while a body arrives, so one window may
 * span several requests. The bodies that arrive in this process at the same time share one line, so together they need
 * the minimum rate, and each of them needs its part.
 */
export class RateClock {
  readonly #windowMs: number;
  #onTooSlow: (why: string) => void = () => undefined;
  #receivedBytes = 0;
  /** How much of the window has passed before the clock was last started. */
  #passedMs = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | null = null;
  /** The most clocks that ran at once in this window. */
  #most = 0;

  /** @param windowMs how long bodies may arrive below the minimum rate; 30 s by default */
  constructor(windowMs = DEFAULT_WINDOW_MS) {
    this.#windowMs = windowMs;
  }

  /** Starts the clock, unless it is running. */
  start(onTooSlow: (why: string) => void): void {
    if (this.#timer !== null) return;
    this.#onTooSlow = onTooSlow;
    running.add(this);
    for (const clock of running) clock.#most = Math.max(clock.#most, running.size);
    this.#startTimer();
  }

  add(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  stop(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    running.delete(this);
    this.#passedMs += performance.now() - this.#startedAt;
  }

  #startTimer(): void {
    this.#startedAt = performance.now();
    const leftMs = Math.max(0, this.#windowMs - this.#passedMs);
    this.#timer = setTimeout(() => this.#endWindow(), leftMs);
  }

  #endWindow(): void {
    const minBytesPerSecond = Math.max(MIN_SHARE, MIN_BYTES_PER_SECOND / this.#most);
    if (this.#receivedBytes < (minBytesPerSecond * this.#windowMs) / 1000)
      this.#onTooSlow(tooSlow(minBytesPerSecond, this.#windowMs));
    // The call may have stopped the clock.
    if (!running.has(this)) return;
    this.#receivedBytes = 0;
    this.#passedMs = 0;
    this.#most = running.size;
    this.#startTimer();
  }
}

function tooSlow(bytesPerSecond: number, windowMs: number): string {
  const rate = `${Math.round((bytesPerSecond / 1024) * 10) / 10} KB/s`;
  return `the media server sent less than ${rate} for ${windowMs / 1000} s`;
}
