import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { oneLine } from './clip/plain-text.ts';
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
  return pino({ ...options, hooks: { ...options.hooks, logMethod: logPlainly } }, stream);
}

/** Keeps control characters in names from Discord off the terminal. In JSON lines, they are escaped anyway. */
function logPlainly(this: Logger, args: unknown[], method: pino.LogFn): void {
  method.apply(this, args.map(withoutControls) as Parameters<pino.LogFn>);
}

function withoutControls(value: unknown): unknown {
  if (typeof value === 'string') return oneLine(value);
  if (Array.isArray(value)) return value.map(withoutControls);
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, withoutControls(field)]),
  );
}
