import { Connection, type Answer } from './connection.ts';

export interface Load {
  /** A port of 127.0.0.1. */
  port: number;
  /** Each client asks for the next path as soon as it has its answer. */
  clients: number;
  /** The path of each request; all clients take them in turn. */
  paths: readonly string[];
  /**
   * Checks an answer.
   * @throws Error if the answer is wrong, which ends the load
   */
  check: (path: string, answer: Answer) => void;
}

/** The times of the answers, in the order of the paths. */
export interface LoadResult {
  answerMs: number[];
  seconds: number;
}

/** Requests all paths with so many clients at a time. Each client keeps one connection open. */
export async function runLoad({ port, clients, paths, check }: Load): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Connection.open(port)),
  );
  const answerMs: number[] = [];
  let next = 0;
  const startMs = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let index = next++; index < paths.length; index = next++) {
        const path = paths[index] ?? '';
        const askedMs = performance.now();
        const answer = await connection.get(path);
        answerMs[index] = performance.now() - askedMs;
        check(path, answer);
      }
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  for (const connection of connections) connection.close();
  return { answerMs, seconds };
}
