import { plain } from './clip/plain.ts';
import { ConfigError } from './config.ts';
import { messageOf } from './errors.ts';

/**
 * Returns the plain lines that a person reads about an error before a process stops. Only an error about invalid
 * settings has more than one line. The line breaks in other messages may come from a server.
 */
export function linesOfError(error: unknown): string[] {
  const message = messageOf(error);
  const lines = error instanceof ConfigError ? message.split('\n') : [message];
  return lines.map((line) => plain(line, { markup: 'kept' }));
}
