import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRepositoryFile } from '../docs/repository.ts';
import { readStack, STACKS, type Stack } from './compose-files.ts';

const PAGE = 'docs/operations.md';
/** The networks of the table that lead to the internet. */
const TO_THE_INTERNET = ['internet', 'media-internet', 'library-internet'];

test('docs/operations.md lists every network of the stacks with the containers on it', async () => {
  const page = await readRepositoryFile(PAGE);
  const table = /\| network \| containers \|.*\n((?:\|.*\n)+)/.exec(page)?.[1] ?? '';
  const documented = new Map<string, { services: string[]; isOpen: boolean }>();
  for (const [network, services, internet] of rowsOf(table)) {
    documented.set(namesIn(network)[0] ?? '', {
      services: namesIn(services).toSorted(),
      isOpen: internet === 'yes',
    });
  }
  const real = new Map<string, { services: string[]; isOpen: boolean }>();
  for (const stack of await Promise.all(Object.values(STACKS).map(readStack))) {
    for (const network of Object.keys(stack.networks)) {
      const services = new Set([...(real.get(network)?.services ?? []), ...on(stack, network)]);
      real.set(network, {
        services: [...services].sort(),
        isOpen: TO_THE_INTERNET.includes(network),
      });
    }
  }
  assert.deepEqual(
    Object.fromEntries([...documented].sort()),
    Object.fromEntries([...real].sort()),
  );
});

test("docs/operations.md locks the image of every service that does not run Everclip's own image", async () => {
  const page = await readRepositoryFile(PAGE);
  const command = /--lock-image-digests([^>]+)>/.exec(page)?.[1] ?? '';
  const named = command.split(/[\s\\]+/).filter((word) => word !== '');
  const sentence = /also name (`.+?) and keep/s.exec(page)?.[1] ?? '';
  const [ordinary, production] = await Promise.all([
    readStack(STACKS.default),
    readStack(STACKS.production),
  ]);
  assert.deepEqual(named.toSorted(), servicesOfOthers(ordinary));
  assert.deepEqual([...named, ...namesIn(sentence)].sort(), servicesOfOthers(production));
});

function rowsOf(table: string): string[][] {
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function namesIn(text = ''): string[] {
  return [...text.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name);
}

function on({ services }: Stack, network: string): string[] {
  return Object.keys(services).filter((name) => services[name]?.networks?.includes(network));
}

function servicesOfOthers({ services }: Stack): string[] {
  return Object.keys(services)
    .filter((name) => !services[name]?.image?.startsWith('everclip:'))
    .sort();
}
