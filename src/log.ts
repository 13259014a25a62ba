import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { plain } from './clip/plain.ts';
import type { Config } from './config.ts';
import { withoutSecrets } from './errors.ts';

export type { Logger };

/**
 * Creates the logger: JSON lines, or readable lines if standard output is a terminal.
 *
 * Every line passes through `toSafeLine`, wherever the line comes from.
 */
export function createLogger(level: Config['logLevel'], name: string): Logger {
  const options = { level, base: { service: name }, hooks: { streamWrite: toSafeLine } };
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

/**
 * Makes the texts of a JSON line plain, and removes link signatures and bot tokens from the line. A terminal shows the
 * texts unescaped: pino-pretty decodes the JSON, and so do tools such as jq. In JSON itself, characters that reorder
 * text are not escaped.
 */
function toSafeLine(line: string): string {
  return withoutSecrets(`${JSON.stringify(toPlainValue(JSON.parse(line)))}\n`);
}

function toPlainValue(value: unknown): unknown {
  if (typeof value === 'string') return toPlainText(value);
  if (Array.isArray(value)) return value.map(toPlainValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [toPlainText(name), toPlainValue(field)]),
  );
}

/** Matches the line breaks of an error's stack trace. The lines after them cannot look like lines of the log. */
const BEFORE_STACK_FRAME = /\n(?= {4}at )/;

function toPlainText(text: string): string {
  return text
    .split(BEFORE_STACK_FRAME)
    .map((line, at) => (at === 0 ? '' : '    ') + plain(line, { markup: 'kept' }))
    .join('\n');
}
