import type { BucketPort, StoredObject } from '../../../src/activities/ports.ts';
import { FaultQueue } from './fault-queue.ts';

/** One write by the code under test. */
export interface FakeWrite {
  key: string;
  body: string | Uint8Array;
  contentType: string;
  cacheControl: string;
  /** False if the condition was not met. */
  isDone: boolean;
}

/** A bucket in memory. Every write gives its object a new generation. */
export interface FakeBucket extends BucketPort {
  /** All writes in order, including writes whose condition was not met. */
  readonly writes: FakeWrite[];
  /** Faults that happen in the next writes before the writes check their condition. */
  readonly beforeWrite: FaultQueue;
  readonly beforeRead: FaultQueue;
  readonly beforeList: FaultQueue;
  keys(): string[];
  /** Returns the object as parsed JSON, or undefined if there is none. */
  json(key: string): unknown;
  /** Writes an object as another process would. */
  put(key: string, body: string | object): void;
  remove(key: string): void;
}

export function createFakeBucket(): FakeBucket {
  const objects = new Map<string, { body: string | Uint8Array; generation: number }>();
  const writes: FakeWrite[] = [];
  let generation = 1_709_287_200_125_000;
  const textOf = (body: string | Uint8Array): string =>
    typeof body === 'string' ? body : new TextDecoder().decode(body);
  const stored = (key: string): StoredObject | null => {
    const object = objects.get(key);
    if (object === undefined) return null;
    const generation = String(object.generation);
    return { body: textOf(object.body), generation, version: generation };
  };
  const bucket: FakeBucket = {
    writes,
    beforeWrite: new FaultQueue(),
    beforeRead: new FaultQueue(),
    beforeList: new FaultQueue(),
    async read(key) {
      await bucket.beforeRead.runNext();
      return stored(key);
    },
    async write(key, body, { contentType, cacheControl, condition }) {
      await bucket.beforeWrite.runNext();
      const current = stored(key)?.generation;
      const wanted = condition === 'absent' ? undefined : condition?.generation;
      const isDone = condition === undefined || current === wanted;
      if (isDone) objects.set(key, { body, generation: ++generation });
      writes.push({ key, body, contentType, cacheControl, isDone });
      return isDone ? String(generation) : null;
    },
    async readBytes(key) {
      await bucket.beforeRead.runNext();
      const object = objects.get(key);
      if (object === undefined) return null;
      const { body } = object;
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      return { bytes, generation: String(object.generation) };
    },
    async *list(prefix) {
      await bucket.beforeList.runNext();
      for (const [key, object] of [...objects]) {
        if (key.startsWith(prefix)) yield { key, version: String(object.generation) };
      }
    },
    async exists(key) {
      await bucket.beforeRead.runNext();
      return objects.has(key);
    },
    async delete(key) {
      await bucket.beforeWrite.runNext();
      objects.delete(key);
    },
    keys: () => [...objects.keys()].sort(),
    json: (key) => {
      const object = stored(key);
      return object ? (JSON.parse(object.body) as unknown) : undefined;
    },
    put(key, body) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      objects.set(key, { body: text, generation: ++generation });
    },
    remove: (key) => void objects.delete(key),
  };
  return bucket;
}
