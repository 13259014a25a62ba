import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { serviceFailed } from '../../errors.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../private-files.ts';

/** An empty file in a bucket's folder. An empty mount point, or a folder that was moved away, has no such file. */
export interface FolderMarker {
  /** Makes the marker, before the first write. */
  make(): Promise<void>;
  /**
   * Proves that the folder is a bucket, so that what it lacks does not exist. A folder without a marker that has records
   * is a bucket of an older Everclip, or a restored one, and gets a marker. A folder that this process has never seen as
   * a bucket is a new bucket, which is empty.
   * @throws ServiceFailed if this process has seen the bucket, but it is gone
   */
  requireBucket(): Promise<void>;
}

/** Creates the marker of the bucket in the folder `root`. */
export function createFolderMarker(root: string): FolderMarker {
  const path = join(root, '.everclip', 'bucket');
  let wasSeen = false;

  async function make(): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    await writeFile(path, '', { mode: PRIVATE_FILE });
    wasSeen = true;
  }

  return {
    make,
    async requireBucket() {
      if (await exists(path)) {
        wasSeen = true;
      } else if (await exists(join(root, 'messages'))) {
        wasSeen = true;
        // A process that may only read the bucket can't make a marker.
        await make().catch(() => undefined);
      } else if (wasSeen) {
        throw serviceFailed(
          `the bucket folder ${root} is gone or empty: mount its disk, or move the folder back`,
        );
      }
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
