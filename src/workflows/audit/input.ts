import * as v from 'valibot';
import type { PlaceScope } from '../../clip/places/place.ts';
import { check } from '../../clip/schemas/basics.ts';
import { invalidInput } from '../../errors.ts';
import { scopeFields, toScope } from '../place-scope.ts';

/** The input of `temporal workflow start --type audit`: exactly one of `channelId`, `guildId` and `all`. */
export type AuditInput = PlaceScope & {
  /** False to leave threads out. */
  threads?: boolean;
};

/** The input of the audit of one channel. The workflow `audit` starts these audits. */
export interface ChannelAuditInput {
  channelId: string;
}

const EXAMPLE = `--input '{"channelId":"1196521684992000058"}'`;

const scopes = scopeFields(EXAMPLE);
const fields = {
  ...scopes,
  threads: v.optional(v.boolean('must be true or false, without quotes')),
};
const inputSchema = v.object(fields);
const channelInputSchema = v.object({ channelId: scopes.channelId });

/**
 * Validates the input that a person typed.
 * @throws InvalidInput with one sentence that says what to write instead
 */
export function parseAuditInput(input: unknown): PlaceScope & { threads: boolean } {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  const given = isObject ? input : {};
  // An unknown field is probably misspelt, so reject the input instead of ignoring the field.
  const unknownField = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknownField !== undefined) {
    throw invalidInput(
      `unknown field "${unknownField}"; expected ${Object.keys(fields).join(', ')}, as in ${EXAMPLE}`,
    );
  }
  const { value, fault } = check(inputSchema, given);
  if (value === null) throw invalidInput(fault);
  const { threads = true, ...scope } = value;
  return { ...toScope(scope, 'an audit', EXAMPLE), threads };
}

/** @throws InvalidInput with one sentence that says what to do instead */
export function parseChannelAuditInput(input: unknown): ChannelAuditInput {
  const { value, fault } = check(channelInputSchema, input ?? {});
  if (value?.channelId !== undefined) return { channelId: value.channelId };
  throw invalidInput(`${fault ?? 'channelId is missing'}: start the workflow audit instead`);
}
