import { isNode, parseDocument } from 'yaml';
import { readRepositoryFile } from '../docs/repository.ts';

/** The fields of a service that the tests read. */
export interface Service {
  image?: string;
  init?: boolean;
  read_only?: boolean;
  privileged?: boolean;
  security_opt?: string[];
  cap_drop?: string[];
  cap_add?: string[];
  tmpfs?: string[];
  mem_limit?: string;
  pids_limit?: number;
  ulimits?: { core?: number };
  logging?: { driver?: string; options?: Record<string, string> };
  environment?: Record<string, string>;
  env_file?: unknown;
  secrets?: string[];
  networks?: string[];
  network_mode?: string;
  ports?: string[];
  volumes?: string[];
  command?: string[];
}

export interface Network {
  internal?: boolean;
  driver_opts?: Record<string, string>;
}

export interface Stack {
  services: Record<string, Service>;
  networks: Record<string, Network | null>;
}

/** The files of each documented stack. */
export const STACKS = {
  default: ['docker-compose.yml'],
  production: ['docker-compose.yml', 'compose.production.yml'],
};

/** The files that publish a port which is not published by default, and the service that each file publishes. */
export const PUBLISHING_FILES: Record<string, string> = {
  'deploy/publish-storage.yml': 'gcs',
  'deploy/publish-postgres.yml': 'postgres',
};

/**
 * Reads compose files and merges them like docker compose: a later file's lists are appended, its maps are merged, and
 * its other values replace the earlier ones. The tags `!reset` and `!override` replace a value.
 * https://docs.docker.com/reference/compose-file/merge/
 */
export async function readStack(files: readonly string[]): Promise<Stack> {
  let stack: unknown = {};
  for (const file of files) {
    const document = parseDocument(await readRepositoryFile(file), {
      merge: true,
      logLevel: 'error',
    });
    const isReplacing = (path: readonly string[]): boolean => {
      const node = document.getIn(path, true);
      return isNode(node) && (node.tag === '!override' || node.tag === '!reset');
    };
    stack = mergeValues(stack, document.toJS(), { path: [], isReplacing });
  }
  for (const service of Object.values((stack as Stack).services)) {
    // Networks with aliases are written as a map.
    if (service.networks) service.networks = listNames(service.networks);
  }
  return stack as Stack;
}

function listNames(names: string[] | Record<string, unknown>): string[] {
  return Array.isArray(names) ? names : Object.keys(names);
}

interface MergeOptions {
  path: readonly string[];
  isReplacing: (path: readonly string[]) => boolean;
}

function mergeValues(
  earlier: unknown,
  later: unknown,
  { path, isReplacing }: MergeOptions,
): unknown {
  if (isReplacing(path)) return later;
  if (Array.isArray(earlier) && Array.isArray(later)) {
    return [...new Set<unknown>([...(earlier as unknown[]), ...(later as unknown[])])];
  }
  if (!isMap(earlier) || !isMap(later)) return later;
  const merged = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    merged[key] =
      key in earlier
        ? mergeValues(earlier[key], value, { path: [...path, key], isReplacing })
        : value;
  }
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Returns the environment of a service as docker compose sets it, given the variables of `.env`.
 * https://docs.docker.com/reference/compose-file/interpolation/
 */
export function environmentOf(
  service: Service | undefined,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(service?.environment ?? {});
  return Object.fromEntries(entries.map(([name, text]) => [name, interpolate(text, variables)]));
}

function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{(?<name>\w+)(?::(?<operator>[-+?])(?<word>[^}]*))?\}/g,
    (_match, name: string, operator: string | undefined, word: string | undefined) => {
      const value = variables[name] ?? '';
      if (operator === '-') return value === '' ? (word ?? '') : value;
      if (operator === '+') return value === '' ? '' : (word ?? '');
      return value;
    },
  );
}
