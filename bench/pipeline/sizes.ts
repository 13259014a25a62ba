/** How much is done of everything: as many of the bare workflow as of clips. */
export const PAIRS = 5;
export const WORKFLOWS_PER_ROUND = 300;
export const WARM_UP_WORKFLOWS = 50;
export const REFRESHING_WORKFLOWS = 100;
/** About so often, in whole runs: what continue-as-new costs is part of a refresh. */
export const REFRESHES = 15;

/** Of the link in a history, for clips that are to refresh: long enough for a busy machine to archive all. */
export const FIRST_LEASE_SECONDS = 30;
/** Of the next ones: a clip is back after two thirds of it. */
export const SHORT_LEASE_SECONDS = 6;
export const LONG_LEASE_SECONDS = 24 * 60 * 60;
/** The bare workflow's timers, about as long as a clip's. */
export const NAP_MS = 3500;
export const NIGHT_MS = 18 * 60 * 60 * 1000;

/**
 * So long after its last workflow fell asleep a server has deleted the tasks of its own queues, most
 * of all timers against activities that never answer; they would be counted as a workflow's bytes.
 */
export const SETTLE_MS = 100_000;
