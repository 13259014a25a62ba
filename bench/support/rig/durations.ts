// The lengths of leases and timers, as short as a benchmark allows.

/**
 * The lease of a link in the channel's history. It must last until all clips are archived, even on a busy
 * machine.
 */
export const FIRST_LEASE_SECONDS = 30;
/** The lease of each link after a refresh. The clip wakes after two thirds of the lease. */
export const SHORT_LEASE_SECONDS = 6;
/** The lease after the last refresh. */
export const LONG_LEASE_SECONDS = 24 * 60 * 60;

/**
 * The durations of the bare workflow's timers. The short timers come first, then the long last timer. These timers are
 * about as long as a clip's timers.
 */
export const NAP_MS = 3500;
export const NIGHT_MS = 18 * 60 * 60 * 1000;
