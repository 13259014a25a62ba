import { pathWith } from './place.ts';

/**
 * Adds the starting point of a shuffled list to the list's path. Without the starting point, "back" would bring another
 * order. `search` has the parameters that the server answered.
 */
export function pathWithSeed(path: string, search: string): string {
  const seed = new URLSearchParams(search).get('seed');
  const parameters = new URLSearchParams(path.split('?')[1]);
  if (seed === null || parameters.get('sort') !== 'random' || parameters.has('seed')) return path;
  return pathWith(path, 'seed', seed);
}
