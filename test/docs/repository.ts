import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../scripts/support/paths.mjs';

/** Folders that are not part of the repository. */
const IGNORED_FOLDERS = new Set(['.git', 'node_modules', 'dist', 'data']);

/** A Markdown page of the repository. */
export interface Page {
  /** Relative to the root of the repository, such as `docs/design.md`. */
  path: string;
  text: string;
}

/** Lists all files of the repository, as paths relative to its root. */
export async function listRepositoryFiles(folder = ''): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    if (IGNORED_FOLDERS.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? await listRepositoryFiles(path) : [path];
  });
  return (await Promise.all(nested)).flat();
}

/** Reads a file of the repository. */
export async function readRepositoryFile(path: string): Promise<string> {
  return await readFile(join(ROOT, path), 'utf8');
}

/** Reads all Markdown pages of the repository. */
export async function readPages(): Promise<Page[]> {
  const paths = (await listRepositoryFiles()).filter((path) => path.endsWith('.md'));
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await readRepositoryFile(path) })),
  );
}

/** Reads the npm commands of package.json, such as `start` or `test:compose`. */
export async function readNpmScripts(): Promise<Set<string>> {
  const { scripts } = JSON.parse(await readRepositoryFile('package.json')) as {
    scripts: Record<string, string>;
  };
  return new Set(Object.keys(scripts));
}

/** Returns the npm commands that a text names, without `npm` and `run`. */
export function findNpmCommands(text: string): string[] {
  const commands = text.matchAll(/\bnpm (?:run (?<script>[\w:-]+)|(?<builtin>start|test)\b)/g);
  return [...commands].map(({ groups }) => groups?.script ?? groups?.builtin ?? '');
}
