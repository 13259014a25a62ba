import type { Client } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import { CLIP_SEARCH_ATTRIBUTES } from '../clip/search-attributes.ts';
import type { Logger } from '../log.ts';
import { messageOf } from '../errors.ts';

/** The types of Everclip's attributes, as numbers from Temporal's enum IndexedValueType and as names. */
const TYPES = {
  [SearchAttributeType.KEYWORD]: { value: 2, name: 'Keyword' },
  [SearchAttributeType.DATETIME]: { value: 6, name: 'Datetime' },
} as const;

/** The Temporal CLI's names of all types, in the order of IndexedValueType. */
const TYPE_NAMES = ['', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'];

/** An attribute that has the wrong type in the namespace. */
export interface WrongType {
  name: string;
  has: string;
  wants: string;
}

/** The search attributes that are missing in the namespace or have the wrong type there. */
export interface SearchAttributesInspection {
  missing: string[];
  wrong: WrongType[];
}

/** Returns command-line arguments that make a dev server register the attributes. */
export function searchAttributeArguments(): string[] {
  return CLIP_SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${TYPES[type].name}`,
  ]);
}

/** Returns the command that registers all attributes in a namespace. */
export function registerCommand(namespace: string): string {
  const attributes = CLIP_SEARCH_ATTRIBUTES.map(
    ({ name, type }) => `--name ${name} --type ${TYPES[type].name}`,
  );
  return `temporal operator search-attribute create --namespace ${namespace} ${attributes.join(' ')}`;
}

/** @throws the client's errors */
export async function inspectSearchAttributes(client: Client): Promise<SearchAttributesInspection> {
  const { namespace } = client.options;
  const { customAttributes } = await operatorService(client).listSearchAttributes({ namespace });
  const registered = customAttributes ?? {};
  const missing: string[] = [];
  const wrong: WrongType[] = [];
  for (const { name, type } of CLIP_SEARCH_ATTRIBUTES) {
    const wanted = TYPES[type];
    const has = registered[name];
    if (has === undefined) missing.push(name);
    else if (has !== wanted.value) {
      wrong.push({ name, has: TYPE_NAMES[has] ?? `type ${has}`, wants: wanted.name });
    }
  }
  return { missing, wrong };
}

/** Returns one sentence about attributes with the wrong type, which prevent clips from starting. */
export function describeWrongTypes(wrong: WrongType[]): string {
  const types = wrong.map(({ name, has, wants }) => `${name} has type ${has} instead of ${wants}`);
  return (
    `${types.join(', ')}: remove ${wrong.length === 1 ? 'it' : 'them'} ` +
    '(temporal operator search-attribute remove) and start a worker, or use another namespace'
  );
}

/** Registers the missing search attributes. If the registration fails, logs the command for an operator. */
export async function registerSearchAttributes(client: Client, log: Logger): Promise<void> {
  const { namespace } = client.options;
  try {
    const { missing, wrong } = await inspectSearchAttributes(client);
    if (wrong.length > 0) log.error(`search attributes: ${describeWrongTypes(wrong)}`);
    if (missing.length === 0) return;
    await operatorService(client).addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        CLIP_SEARCH_ATTRIBUTES.filter(({ name }) => missing.includes(name)).map(
          ({ name, type }) => [name, TYPES[type].value],
        ),
      ),
    });
    log.info(`registered the search attributes ${missing.join(', ')}`);
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      `cannot register the search attributes; if clips don't start, run: ${registerCommand(namespace)}`,
    );
  }
}

interface OperatorService {
  listSearchAttributes(request: {
    namespace: string;
  }): Promise<{ customAttributes?: Record<string, number> | null }>;
  addSearchAttributes(request: {
    namespace: string;
    searchAttributes: Record<string, number>;
  }): Promise<unknown>;
}

/** The operator service of the client's connection, which the SDK's type does not declare. */
function operatorService(client: Client): OperatorService {
  return (client.connection as unknown as { operatorService: OperatorService }).operatorService;
}
