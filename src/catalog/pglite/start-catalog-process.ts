import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import { ownIdentity } from '../../process-identity.ts';
import { forkProcess } from './fork-process.ts';
import { STOP, type Report } from './messages.ts';
import {
  type Ending,
  hasStartFailed,
  isProgress,
  isSuspect,
  NO_HISTORY,
  pauseDoublings,
  remember,
} from './restart-policy.ts';

/** The supervised process that owns the catalog's PGlite database. */
export interface CatalogProcess {
  /** Resolves when the process has ended after `stop`. The supervisor never gives up before. */
  readonly stopped: Promise<void>;
  /** Closes the database and ends the process. */
  stop(): void;
  /** The Unix socket at which the process answers PostgreSQL's protocol; empty until a process has answered. */
  readonly socketPath: string;
  /** The pid of the process; null while no process runs. */
  readonly pid: number | null;
}

export interface CatalogProcessOptions {
  dataDir: string;
  /** The environment of the process. The environment must not contain secrets. */
  environment: Record<string, string>;
  log: Logger;
  /** Ends the start. Afterwards only `stop` ends the process. */
  signal?: AbortSignal;
  /**
   * Gets the error of a failed start once. The start then resolves all the same, and processes are started in the
   * background until one answers.
   */
  onFailedStart?: (error: Error) => void;
  /** The pause before a process that has died is started again. The pause doubles with each early death. */
  pauseMs?: number;
  /** How often the supervisor checks whether the process is silent. */
  checkIntervalMs?: number;
}

const PAUSE_MS = 500;
const CHECK_INTERVAL_MS = 5000;
/**
 * A process that is silent during this many checks is killed. While PGlite runs a query, its process is silent. After a
 * crash inside PGlite, its process would be silent for ever.
 */
const MAX_SILENT_CHECKS = 24;
const MAX_STOP_MS = 15_000;

/**
 * Starts the process that owns the database in `dataDir`, and starts the process again whenever it dies. Resolves when
 * the process answers queries. The process ends when this process ends, even if this process is killed.
 * @throws Error with one sentence if another process owns the folder, or if the database can't be opened, unless
 * `onFailedStart` is given; the reason of `signal` if the start was aborted
 */
export async function startCatalogProcess({
  dataDir,
  environment,
  log,
  signal: startSignal,
  onFailedStart,
  pauseMs = PAUSE_MS,
  checkIntervalMs = CHECK_INTERVAL_MS,
}: CatalogProcessOptions): Promise<CatalogProcess> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const abortStart = () => stopping.abort(startSignal?.reason);
  startSignal?.addEventListener('abort', abortStart);
  if (startSignal?.aborted === true) abortStart();
  let socketPath: string | null = null;
  let child: ChildProcess | null = null;

  async function runOnce(
    isFolderSuspect: boolean,
    onReady: (path: string) => void,
  ): Promise<Ending> {
    const startMs = performance.now();
    const ending: Ending = {
      ...{ kind: 'died', reason: '', livedMs: 0 },
      ...{ wasOpening: false, wasReady: false, wasKilledByOthers: false },
    };
    const started = forkProcess(
      { dataDir, parent: ownIdentity, isSuspect: isFolderSuspect },
      environment,
    );
    child = started;
    let silentChecks = 0;
    const timer = setInterval(() => {
      silentChecks += 1;
      if (silentChecks > MAX_SILENT_CHECKS) started.kill('SIGKILL');
    }, checkIntervalMs);
    started.on('message', (report: Report) => {
      silentChecks = 0;
      switch (report.kind) {
        case 'ready':
          ending.wasReady = true;
          onReady(report.socketPath);
          break;
        case 'opening':
          ending.wasOpening = true;
          break;
        case 'moved':
          ending.kind = 'moved';
          ending.reason = report.reason;
          log.warn(
            { reason: report.reason, movedTo: report.to },
            "the catalog's database can't be used; creating a new one, which is filled from the bucket",
          );
          break;
        case 'taken':
          ending.kind = 'taken';
          ending.reason = report.sentence;
          break;
        case 'failed':
          ending.kind = 'failed';
          ending.reason = report.reason;
          break;
        case 'created':
          ending.kind = 'created';
          break;
        case 'beat':
      }
    });
    const endProcess = () => stopProcess(started);
    signal.addEventListener('abort', endProcess, { once: true });
    if (signal.aborted) endProcess();
    const exit = await waitForExit(started);
    ending.wasKilledByOthers =
      started.signalCode === 'SIGKILL' && silentChecks <= MAX_SILENT_CHECKS;
    signal.removeEventListener('abort', endProcess);
    clearInterval(timer);
    child = null;
    ending.livedMs = performance.now() - startMs;
    ending.reason ||= exit;
    return ending;
  }

  async function supervise(
    onReady: (path: string) => void,
    onFirstFailure: (reason: string) => void,
  ): Promise<void> {
    let history = NO_HISTORY;
    let hasFailed = false;
    let logged: string | null = null;
    const isStopping = (): boolean => signal.aborted;
    while (!isStopping()) {
      const ending = await runOnce(isSuspect(history), onReady);
      if (isStopping()) return;
      const canGoOn = isProgress(history, ending);
      history = remember(history, ending);
      if (ending.wasReady) logged = null;
      if (canGoOn) continue;
      const { reason } = ending;
      if (!hasFailed && hasStartFailed(history, ending)) {
        hasFailed = true;
        onFirstFailure(reason);
        if (onFailedStart === undefined) return;
      } else if (ending.kind !== 'moved' && reason !== logged) {
        log.warn({ reason }, "the catalog's database process ended unexpectedly; restarting it");
      }
      // A reason that stays the same is logged once.
      logged = reason;
      const pauseOfThisMs = pauseMs * 2 ** pauseDoublings(history);
      await pause(pauseOfThisMs, undefined, { signal }).catch(() => undefined);
    }
  }

  let stopped: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    let isLate = false;
    const onReady = (path: string) => {
      if (isLate) log.info("the catalog's database answers again");
      isLate = true;
      socketPath = path;
      resolve();
    };
    stopped = supervise(onReady, (reason) => {
      const error = new Error(`the catalog's database can't be opened: ${reason}`);
      if (onFailedStart === undefined) reject(error);
      isLate = true;
      onFailedStart?.(error);
      resolve();
    });
    stopped.then(() => reject(signal.reason as Error), reject);
  });
  startSignal?.removeEventListener('abort', abortStart);
  return {
    stopped,
    stop: () => stopping.abort(),
    get socketPath() {
      return socketPath ?? '';
    },
    get pid() {
      return child?.pid ?? null;
    },
  };
}

/** Returns how the process ended, as a part of a sentence. */
async function waitForExit(child: ChildProcess): Promise<string> {
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('exit', (...how) => resolve(how));
    child.once('error', () => resolve([null, null]));
  });
  return signal === null ? `the process ended with exit code ${code}` : `the process got ${signal}`;
}

/** Asks the process to close the database, and kills the process if it does not end. */
function stopProcess(child: ChildProcess): void {
  if (child.connected) child.send(STOP, () => undefined);
  const timer = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS);
  void once(child, 'exit').then(() => clearTimeout(timer));
}
