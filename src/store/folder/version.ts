import type { BigIntStats } from 'node:fs';

/**
 * Returns the version of a file. The version is read without reading the file, and a rename does not change it.
 *
 * Each write makes a new file while the old file still exists, so two successive versions differ in their inode even if
 * both were written within one tick of the file system's clock. A restored backup has new versions, which only costs
 * one more read of each object.
 */
export function versionOf({
  mtimeNs,
  size,
  ino,
}: Pick<BigIntStats, 'mtimeNs' | 'size' | 'ino'>): string {
  return `${mtimeNs}-${size}-${ino}`;
}
