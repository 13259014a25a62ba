import type { ByteSource } from './source.ts';

/** A source that remembers its first failure since the failure was last cleared. */
export type WatchedSource = ByteSource & { failure: unknown };

/**
 * Returns a source that remembers its first failure, because Mediabunny may wrap or swallow the error that a source
 * threw.
 */
export function watchFailure(source: ByteSource): WatchedSource {
  const watched = {
    size: source.size,
    failure: undefined as unknown,
    read: (start: number, end: number) =>
      source.read(start, end).catch((error: unknown) => {
        watched.failure ??= error;
        throw error;
      }),
  };
  return watched;
}
