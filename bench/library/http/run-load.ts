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

/**
 * Requests all paths with so many clients at a time. Each client keeps its connection until the server says that the
 * answer is the last one, and then opens another.
 */
export async function runLoad({ port, clients, paths, check }: Load): Promise<LoadResult> {
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Connection.open(port)),
  );
  const answerMs: number[] = [];
  let next = 0;
  const startMs = performance.now();
  await Promise.all(
    connections.map(async (first) => {
      let connection = first;
      for (let index = next++; index < paths.length; index = next++) {
        const path = paths[index] ?? '';
        const askedMs = performance.now();
        const answer = await connection.get(path);
        answerMs[index] = performance.now() - askedMs;
        check(path, answer);
        if (!answer.isLast) continue;
        connection.close();
        connection = await Connection.open(port);
      }
      connection.close();
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  return { answerMs, seconds };
}
