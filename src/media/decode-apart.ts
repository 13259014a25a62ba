import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { serviceFailed } from '../errors.ts';
import type { FrameOptions, Outcome } from './decode-frame.ts';

/** What the process is told: to decode a frame, or to give one up. */
export type Order =
  { id: number; frame: Omit<FrameOptions, 'signal'> } | { id: number; stop: true };
/** What it answers; `stopped` when the child of a frame that was given up is dead. */
export type Answer = { id: number } & (
  { outcome: Outcome } | { failure: string } | { stopped: true }
);

interface Pending {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

let decoder: ChildProcess | null = null;
let jobs = 0;
const pending = new Map<number, Pending>();

/**
 * As `decodeFrame`, by a small process that lives as long as this one: to start a child, a big process
 * stands still for 15 to 100 ms (docs/performance.md), in which it would take up no workflow.
 * @throws as `decodeFrame`, and ServiceFailed where that process ends
 */
export async function decodeApart({ signal, ...frame }: FrameOptions): Promise<Outcome> {
  signal.throwIfAborted();
  const process = (decoder ??= startDecoder());
  const id = jobs++;
  const send = (order: Order) => process.send(order, () => undefined);
  const stop = () => send({ id, stop: true });
  signal.addEventListener('abort', stop, { once: true });
  // While there is work it keeps us alive, and then no longer.
  process.channel?.ref();
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      pending.set(id, { resolve, reject });
      send({ id, frame });
    });
    if ('stopped' in answer || signal.aborted) throw signal.reason;
    if ('failure' in answer) throw serviceFailed(answer.failure);
    return answer.outcome;
  } finally {
    signal.removeEventListener('abort', stop);
    pending.delete(id);
    if (pending.size === 0) process.channel?.unref();
  }
}

function startDecoder(): ChildProcess {
  // Compiled or not: the same name with the ending that this file has.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const path = fileURLToPath(new URL(`./decode-process.${ending}`, import.meta.url));
  // A group of its own: Ctrl-C in a terminal is for us, who let what is under way finish.
  const started = fork(path, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
  started.unref();
  const end = () => {
    if (decoder === started) decoder = null;
    for (const { reject } of pending.values()) reject(serviceFailed('the decoding process ended'));
  };
  return started
    .on('message', (answer: Answer) => pending.get(answer.id)?.resolve(answer))
    .on('error', end)
    .on('exit', end);
}
