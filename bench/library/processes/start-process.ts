import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A server in a process of its own. */
export interface ServerProcess {
  /** A port of 127.0.0.1. */
  port: number;
  pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a server of this folder. The server sends its port when it listens, and ends when this process disconnects.
 * @param input what the server needs to know, as JSON
 * @throws Error if the server ends before it listens
 */
export async function startProcess(
  name: 'library' | 'bare-redirect',
  input: unknown = null,
): Promise<ServerProcess> {
  const child = fork(new URL(`./${name}.ts`, import.meta.url), [JSON.stringify(input)]);
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`the process ${name} ended before it listened`);
  });
  // Mark the rejection as handled; the race still sees it.
  failed.catch(() => undefined);
  const [{ port }] = (await Promise.race([once(child, 'message'), failed])) as [{ port: number }];
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
