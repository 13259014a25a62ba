import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StubFfmpeg {
  path: string;
  /** Returns the number of runs so far, and the highest number of concurrent runs. */
  readRuns(): { count: number; maxConcurrent: number };
}

/**
 * Writes a program that replaces ffmpeg. The program runs for a tenth of a second and writes a thumbnail, a poster image
 * and a detailed grey picture. It logs its start and end in a journal.
 */
export function writeStubFfmpeg(folder: string): StubFfmpeg {
  const path = join(folder, 'ffmpeg');
  const journal = join(folder, 'journal');
  // The grey picture has 64 x 36 = 2304 pixels of one byte each.
  const script = `#!/bin/sh
echo + >>"${journal}"
for last; do :; done
for arg; do case "$arg" in file:picture.* | file:poster.*) printf RIFF >"\${arg#file:}";; esac; done
head -c 2304 /dev/urandom >"\${last#file:}"
sleep 0.1
echo - >>"${journal}"
`;
  writeFileSync(journal, '');
  writeFileSync(path, script, { mode: 0o755 });
  return {
    path,
    readRuns() {
      let count = 0;
      let running = 0;
      let maxConcurrent = 0;
      for (const sign of readFileSync(journal, 'utf8').split('\n')) {
        if (sign === '+') {
          count += 1;
          running += 1;
        }
        if (sign === '-') running -= 1;
        maxConcurrent = Math.max(maxConcurrent, running);
      }
      return { count, maxConcurrent };
    },
  };
}
