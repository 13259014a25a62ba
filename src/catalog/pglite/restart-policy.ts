/** How a process of the catalog ended. */
export interface Ending {
  /** `died` if the process said nothing about its end. */
  kind: 'created' | 'moved' | 'taken' | 'failed' | 'died';
  reason: string;
  /** True if the process had begun to open the database. */
  wasOpening: boolean;
  /** True if the process has answered queries. */
  wasReady: boolean;
  /** True if something outside killed the process with SIGKILL, such as the kernel when memory was short. */
  wasKilledByOthers: boolean;
  livedMs: number;
}

/** What the supervisor remembers of the processes before. */
export interface History {
  /** The number of processes that ended early, one after the other. */
  earlyDeaths: number;
  /** The number of processes that died by themselves while they opened the database. */
  crashesWhileOpening: number;
  /** True if a folder was moved aside, and no process has answered queries since. */
  hasMoved: boolean;
  wasEverReady: boolean;
}

export const NO_HISTORY: History = {
  earlyDeaths: 0,
  crashesWhileOpening: 0,
  hasMoved: false,
  wasEverReady: false,
};

/** A process that lived longer did not die early. */
const EARLY_DEATH_MS = 10_000;
/** If the first processes can't open the database, the start fails. */
const MAX_FIRST_ATTEMPTS = 3;
/** After this many crashes before the database is open, the database is moved aside. */
const MAX_CRASHES_WHILE_OPENING = 2;
const MAX_PAUSE_DOUBLINGS = 6;

/** Returns what the supervisor remembers after a process has ended. */
export function remember(history: History, ending: Ending): History {
  const wasEverReady = history.wasEverReady || ending.wasReady;
  if (isProgress(history, ending)) {
    const hasMoved = ending.kind === 'moved' || history.hasMoved;
    return { ...NO_HISTORY, hasMoved, wasEverReady };
  }
  return {
    earlyDeaths: ending.livedMs < EARLY_DEATH_MS ? history.earlyDeaths + 1 : 1,
    crashesWhileOpening: countCrashes(history, ending),
    hasMoved: history.hasMoved && !ending.wasReady,
    wasEverReady,
  };
}

/**
 * True if the next process starts at once: the database was created, or a broken folder was moved aside. If new folders
 * break too, that is no progress.
 */
export function isProgress(history: History, { kind, wasReady }: Ending): boolean {
  return kind === 'created' || (kind === 'moved' && (wasReady || !history.hasMoved));
}

/** True if the start has failed for now: other processes would probably fail in the same way. */
export function hasStartFailed(history: History, { kind }: Ending): boolean {
  if (history.wasEverReady) return false;
  return kind === 'taken' || history.earlyDeaths >= MAX_FIRST_ATTEMPTS;
}

/** True if the next process must move the folder aside. */
export function isSuspect({ crashesWhileOpening }: History): boolean {
  return crashesWhileOpening >= MAX_CRASHES_WHILE_OPENING;
}

/** Returns how often the pause before the next process is doubled. */
export function pauseDoublings({ earlyDeaths }: History): number {
  return Math.min(Math.max(earlyDeaths - 1, 0), MAX_PAUSE_DOUBLINGS);
}

/** A process that named its failure, or that something outside killed, says nothing about the files. */
function countCrashes(
  { crashesWhileOpening }: History,
  { kind, wasOpening, wasReady, wasKilledByOthers }: Ending,
): number {
  if (wasReady) return 0;
  const isCrash = kind === 'died' && wasOpening && !wasKilledByOthers;
  return crashesWhileOpening + (isCrash ? 1 : 0);
}
