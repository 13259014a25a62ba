import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

/** The files that pages load, by their names before the build adds a hash. */
export type AssetName = 'grid.js' | 'clip.js' | 'library.css' | 'icons.svg' | 'favicon.svg';

/** A file below `/assets/`. The hash in its name changes with its content, so browsers may keep it for good. */
export interface Asset {
  body: Uint8Array<ArrayBuffer>;
  /** The same, compressed with brotli; null if the file is compressed already. */
  brotli: Uint8Array<ArrayBuffer> | null;
  contentType: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The build writes the assets here. The path is the same from `src/library` and from `dist/library`. */
const FOLDER = new URL('../../dist/assets/', import.meta.url);

interface Assets {
  paths: Readonly<Record<string, string>>;
  byPath: ReadonlyMap<string, Asset>;
}

let loaded: Assets | null = null;

/** Returns the path of an asset. */
export function assetPath(name: AssetName | `${string}.woff2`): string {
  const path = loadAssets().paths[name];
  if (path === undefined) throw new Error(`there is no asset ${name}: run npm run build`);
  return path;
}

/** Returns the asset with this path, or null if there is none. */
export function findAsset(path: string): Asset | null {
  return loadAssets().byPath.get(path) ?? null;
}

/**
 * Reads the assets at the first call and keeps them.
 * @throws Error with one sentence if the assets are not built
 */
export function loadAssets(): Assets {
  loaded ??= readAssets();
  return loaded;
}

function readAssets(): Assets {
  const manifest = new URL('manifest.json', FOLDER);
  if (!existsSync(manifest)) {
    throw new Error("the library's scripts and styles are not built: run npm run build");
  }
  const files = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, string>;
  const byPath = new Map<string, Asset>();
  const paths: Record<string, string> = {};
  for (const [name, file] of Object.entries(files)) {
    const compressed = new URL(`${file}.br`, FOLDER);
    paths[name] = `/assets/${file}`;
    byPath.set(`/assets/${file}`, {
      body: new Uint8Array(readFileSync(new URL(file, FOLDER))),
      brotli: existsSync(compressed) ? new Uint8Array(readFileSync(compressed)) : null,
      contentType: CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
    });
  }
  return { paths, byPath };
}
