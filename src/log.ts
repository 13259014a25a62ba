import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';
import { withoutSecrets } from './errors.ts';

export type { Logger };

/**
 * Creates the logger: JSON lines, or readable lines if standard output is a terminal.
 *
 * Link signatures and bot tokens are removed from every line, wherever the line comes from.
 */
export function createLogger(level: Config['logLevel'], name: string): Logger {
  const options = { level, base: { service: name }, hooks: { streamWrite: withoutSecrets } };
  if (!process.stdout.isTTY) return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime });
  const isVerbose = level === 'debug' || level === 'trace';
  const stream = pretty({
    translateTime: 'SYS:HH:MM:ss',
    // A clip's ids would fill two lines of the terminal, so only verbose levels show them.
    ignore: `pid,hostname,service${isVerbose ? '' : ',workflow,activity,channel'}`,
    singleLine: true,
    sync: true,
  });
  return pino(options, stream);
}
