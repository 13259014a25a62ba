// ensure-build.mjs runs this file in a process of its own. You can also run it by hand while you work on the pages.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build, transform } from 'esbuild';
import { ROOT } from '../support/paths.mjs';

/** The browsers that get the pages' scripts. Older ones show the same pages without scripts. */
const TARGET = ['chrome111', 'firefox113', 'safari16.4'];
const HASH_LENGTH = 10;
const SOURCE = join(ROOT, 'src', 'library');
const TARGET_FOLDER = join(ROOT, 'dist', 'assets');
const ICONS = join(ROOT, 'node_modules', 'lucide-static', 'icons');
/** A disc in the accent colour. */
const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#3ddc97"/></svg>';
/** Compressed by themselves. */
const FONT = '.woff2';

const compress = promisify(brotliCompress);

/** @type {Record<string, string>} the file of each asset, by the asset's name without a hash */
const files = {};
const folder = `${TARGET_FOLDER}.new`;
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const { metafile } = await build({
  entryPoints: [
    join(SOURCE, 'browser', 'grid.ts'),
    join(SOURCE, 'browser', 'clip.ts'),
    { in: join(SOURCE, 'styles', 'index.css'), out: 'library' },
  ].map((entry) =>
    typeof entry === 'string' ? { in: entry, out: basename(entry, extname(entry)) } : entry,
  ),
  outdir: folder,
  entryNames: '[name].[hash]',
  assetNames: '[name].[hash]',
  publicPath: '/assets/',
  loader: { [FONT]: 'file' },
  bundle: true,
  minify: true,
  format: 'esm',
  target: TARGET,
  metafile: true,
  logLevel: 'warning',
});
for (const path of Object.keys(metafile.outputs)) {
  const file = basename(path);
  files[file.replace(/\.[A-Z0-9]{8}\./, '.')] = file;
}
await addAsset('icons.svg', await createIcons());
await addAsset('favicon.svg', FAVICON);
for (const file of await readdir(folder)) {
  if (file.endsWith(FONT)) continue;
  const body = await readFile(join(folder, file));
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  await writeFile(join(folder, `${file}.br`), await compress(body, { params }));
}
await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(files, null, 2)}\n`);
// The folder gets its name only when it is complete, so a killed process leaves no half of the assets.
await rm(TARGET_FOLDER, { recursive: true, force: true });
await rename(folder, TARGET_FOLDER);

/**
 * @param {string} name
 * @param {string} body
 */
async function addAsset(name, body) {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, HASH_LENGTH);
  const file = `${basename(name, extname(name))}.${hash}${extname(name)}`;
  await writeFile(join(folder, file), body);
  files[name] = file;
}

/** Makes one SVG with a symbol for each icon that the pages use. */
async function createIcons() {
  const source = await readFile(join(SOURCE, 'icon-names.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const module = /** @type {{ ICON_NAMES: string[] }} */ (
    await import(`data:text/javascript,${encodeURIComponent(code)}`)
  );
  const symbols = module.ICON_NAMES.map(async (name) => {
    const path = join(ICONS, `${name}.svg`);
    const svg = await readFile(path, 'utf8').catch(() => {
      throw new Error(`${relative(ROOT, path)} does not exist: fix src/library/icon-names.ts`);
    });
    const shapes = /<svg[^>]*>([^]*)<\/svg>/.exec(svg)?.[1]?.replace(/\s*\n\s*/g, '') ?? '';
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${(await Promise.all(symbols)).join('')}</svg>`;
}
