import { createHash } from 'node:crypto';
import { STYLESHEET } from './pages/stylesheet.ts';

/** The hash in a name changes with the content, so browsers may keep the file for good. */
const HASH_LENGTH = 10;

export interface Asset {
  path: string;
  body: string;
  contentType: string;
}

function createAsset(name: string, ending: string, body: string, contentType: string): Asset {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, HASH_LENGTH);
  return { path: `/assets/${name}.${hash}.${ending}`, body, contentType };
}

export const STYLE = createAsset('library', 'css', STYLESHEET, 'text/css; charset=utf-8');

/** A disc in the accent colour. */
const ICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#3ddc97"/></svg>';
export const ICON = createAsset('icon', 'svg', ICON_SVG, 'image/svg+xml');

/** All assets by path. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  [STYLE, ICON].map((asset) => [asset.path, asset]),
);
