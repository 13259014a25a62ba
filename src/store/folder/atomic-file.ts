import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive, ownIdentity } from '../../process-identity.ts';

let counter = 0;

/**
 * Replaces a file in one step: a reader sees the old bytes or the new ones, and a crash leaves the old.
 * `scratch` is a folder of the same file system, where the temporary file stands meanwhile.
 */
export async function replaceFile(
  target: string,
  bytes: string | Uint8Array,
  scratch: string,
): Promise<void> {
  const temporary = join(scratch, `${ownIdentity}.${counter++}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      // Else a power cut may keep the new name and lose the bytes: an empty record.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target).catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await mkdir(dirname(target), { recursive: true });
      await rename(temporary, target);
    });
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** Removes what processes that are dead now left in the scratch folder. */
export async function sweepScratch(scratch: string): Promise<void> {
  for (const name of await readdir(scratch)) {
    const [pid, start] = name.split('.');
    if (!isAlive(`${pid}.${start}`)) await unlink(join(scratch, name)).catch(() => undefined);
  }
}
