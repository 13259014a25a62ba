import { statfs } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import type { Config } from '../config.ts';
import type { Finding } from './finding.ts';

const GB = 1024 ** 3;

/** Is there room for the clips that are worked on at a time, if each has to be downloaded whole? */
export async function checkDisk({ maxMediaBytes }: Config, folder = tmpdir()): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const wanted = maxMediaBytes * availableParallelism();
  const says = `${(free / GB).toFixed(1)} GB free in ${folder}`;
  return free >= wanted
    ? [{ check: 'disk', state: 'ok', says }]
    : [
        {
          check: 'disk',
          state: 'warning',
          says: `${says}, ${(wanted / GB).toFixed(1)} GB may be needed: make room, or lower MAX_MEDIA_BYTES`,
        },
      ];
}
