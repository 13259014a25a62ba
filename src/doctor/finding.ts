import { withoutSecrets } from '../errors.ts';

/** What one check saw. A fault keeps Everclip from working; a warning is for the operator to weigh. */
export interface Finding {
  check: string;
  state: 'ok' | 'warning' | 'fault';
  /** What was seen, or the one thing to do. Never a secret. */
  says: string;
}

/** Runs a check that returns what it saw, or throws a sentence that says what to do. */
export async function findingOf(check: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'ok', says: await look() };
  } catch (error) {
    return { check, state: 'fault', says: sentenceOf(error) };
  }
}

/** Runs checks of one kind: what they throw themselves is a finding too, and the other kinds go on. */
export async function findingsOf(
  check: string,
  look: () => Finding[] | Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ check, state: 'fault', says: sentenceOf(error) }];
  }
}

/** What an error says, without what nobody may read. */
export const sentenceOf = (error: unknown): string =>
  withoutSecrets(error instanceof Error ? error.message : String(error));
