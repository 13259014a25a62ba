import { invalidInput } from '../../errors.ts';
import { plain } from '../../clip/plain.ts';

/** The one field in the input of each of these workflows, with an example. */
const FIELDS = {
  clipId: '1213063181631516641-1213063179848942529',
  channelId: '1196521684992000058',
  userId: '356003082141696426',
} as const;

/** Every id that can be in a record's key, because compatible servers have ids that are shorter than Discord's. */
const ID = /^\d{1,20}$/;

/** The maximum length of a foreign field name in a message. */
const MAX_SHOWN_BYTES = 60;

/**
 * Validates the input that a person typed for a workflow that forgets.
 * @throws InvalidInput with one sentence that says what to write instead
 */
export function parseForgetInput(
  workflowType: string,
  field: keyof typeof FIELDS,
  input: unknown,
): string {
  const example = `--input '{"${field}":"${FIELDS[field]}"}'`;
  const advice = `start it with ${example}`;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalidInput(`${workflowType} needs a ${field}: ${advice}`);
  }
  const unknownField = Object.keys(input).find((name) => name !== field);
  if (unknownField !== undefined) {
    const shown = plain(unknownField, { maxBytes: MAX_SHOWN_BYTES });
    throw invalidInput(
      `unknown field "${shown}"; ${workflowType} expects only ${field}: ${advice}`,
    );
  }
  const value: unknown = (input as Record<string, unknown>)[field];
  const parts = typeof value === 'string' ? value.split('-') : [];
  if (parts.length !== (field === 'clipId' ? 2 : 1) || !parts.every((part) => ID.test(part))) {
    throw invalidInput(
      typeof value === 'number'
        ? `${field} is a number, and JSON rounds numbers of that size: ${advice}`
        : `${field} is not valid: ${advice}`,
    );
  }
  return parts.join('-');
}
