import type { Client } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import { CLIP_SEARCH_ATTRIBUTES } from '../clip/search-attributes.ts';
import type { Logger } from '../log.ts';
import { messageOf } from '../errors.ts';

/** Temporal's numbers (IndexedValueType) and names for the types that we use. */
const TYPES = {
  [SearchAttributeType.KEYWORD]: { value: 2, name: 'Keyword' },
  [SearchAttributeType.DATETIME]: { value: 6, name: 'Datetime' },
} as const;

/** `--search-attribute` arguments that give a dev server the attributes. */
export const searchAttributeArguments = (): string[] =>
  CLIP_SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${TYPES[type].name}`,
  ]);

/** IndexedValueType, in the words of the command line. */
const TYPE_NAMES = ['', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];

/** Those that the namespace lacks or has with another type, and the command that registers all. */
export async function lookAtSearchAttributes(client: Client): Promise<{
  missing: string[];
  wrong: { name: string; has: string; wants: string }[];
  command: string;
}> {
  const { namespace } = client.options;
  const { operatorService } = client.connection as unknown as OperatorConnection;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const there = customAttributes ?? {};
  return {
    missing: CLIP_SEARCH_ATTRIBUTES.map(({ name }) => name).filter((name) => !(name in there)),
    wrong: CLIP_SEARCH_ATTRIBUTES.flatMap(({ name, type }) => {
      const wanted = TYPES[type];
      const has = there[name];
      return has === undefined || has === wanted.value
        ? []
        : [{ name, has: TYPE_NAMES[has] ?? `type ${has}`, wants: wanted.name }];
    }),
    command: commandFor(namespace),
  };
}

/** One sentence about attributes that have another type: with it clips can't be started. */
export const wrongTypes = (wrong: { name: string; has: string; wants: string }[]): string =>
  `${wrong.map(({ name, has, wants }) => `${name} is ${has} and must be ${wants}`).join(', ')}: ` +
  'remove them (temporal operator search-attribute remove) and start a worker, or use another namespace';

/** Registers the search attributes that the namespace lacks; where it may not, says what an operator must run. */
export async function registerSearchAttributes(client: Client, log: Logger): Promise<void> {
  const { namespace } = client.options;
  const { operatorService } = client.connection as unknown as OperatorConnection;
  try {
    const { missing, wrong } = await lookAtSearchAttributes(client);
    if (wrong.length > 0) log.error(`search attributes: ${wrongTypes(wrong)}`);
    if (missing.length === 0) return;
    const lacking = CLIP_SEARCH_ATTRIBUTES.filter(({ name }) => missing.includes(name));
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        lacking.map(({ name, type }) => [name, TYPES[type].value]),
      ),
    });
    log.info(`registered the search attributes ${missing.join(', ')}`);
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      `can't look after the search attributes; if clips don't start, run: ${commandFor(namespace)}`,
    );
  }
}

/** The command that registers all. */
export const commandFor = (namespace: string): string =>
  `temporal operator search-attribute create --namespace ${namespace} ` +
  CLIP_SEARCH_ATTRIBUTES.map(({ name, type }) => `--name ${name} --type ${TYPES[type].name}`).join(
    ' ',
  );

/** The operator service, which the client's connection has but its type does not promise. */
interface OperatorConnection {
  operatorService: {
    listSearchAttributes(request: {
      namespace: string;
    }): Promise<{ customAttributes?: Record<string, number> | null }>;
    addSearchAttributes(request: {
      namespace: string;
      searchAttributes: Record<string, number>;
    }): Promise<unknown>;
  };
}
