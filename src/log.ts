import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';
import { withoutSecrets } from './errors.ts';

export type { Logger };

/**
 * The one logger: a line of JSON for each event, or readable lines where a person looks at a terminal.
 * Whatever looks like a link's signature or a bot token is blanked out in every line, whoever wrote it.
 */
export function createLogger(level: Config['logLevel'], name: string): Logger {
  const options = { level, base: { service: name }, hooks: { streamWrite: withoutSecrets } };
  if (!process.stdout.isTTY) return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime });
  const stream = pretty({
    translateTime: 'SYS:HH:MM:ss',
    // The ids of a clip are two lines of a terminal; they are in the JSON, and here when asked for.
    ignore: `pid,hostname,service${level === 'debug' || level === 'trace' ? '' : ',workflow,activity,channel'}`,
    singleLine: true,
    sync: true,
  });
  return pino(options, stream);
}
