/** What one check saw. A fault keeps Everclip from working; a warning is for the operator to weigh. */
export interface Finding {
  check: string;
  state: 'ok' | 'warning' | 'fault';
  /** What was seen, or the one thing to do. Never a secret. */
  says: string;
}

export type Check = () => Promise<Finding[]>;

/** Runs a check that returns what it saw, or throws a sentence that says what to do. */
export async function findingOf(check: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'ok', says: await look() };
  } catch (error) {
    return { check, state: 'fault', says: error instanceof Error ? error.message : String(error) };
  }
}
