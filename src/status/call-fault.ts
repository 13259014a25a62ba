import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { callFault } from '../temporal/connect.ts';
import { reasonRefused } from '../temporal/refused-for-good.ts';

/**
 * Returns an Error that says why Temporal did not answer a call of the status screen. The client's own message, such as
 * "Failed to count workflows", does not say why.
 */
export function describeCallFault(error: unknown, config: Config): Error {
  const refused = reasonRefused(error);
  if (refused !== null) {
    const sentence = `Temporal refused to list the clips (${refused}): run npm run doctor, which checks the search attributes`;
    return new Error(sentence, { cause: error });
  }
  const fault = callFault(error, config);
  if (fault !== error) return fault as Error;
  const { cause } = error as { cause?: unknown };
  const reason = cause instanceof Error ? `: ${messageOf(cause)}` : '';
  return new Error(`${messageOf(error)}${reason}`, { cause: error });
}
