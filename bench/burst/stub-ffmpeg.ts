import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StubFfmpeg {
  path: string;
  /** How many of them ran so far, and how many at a time at most. */
  runs(): { count: number; mostAtATime: number };
}

/** Takes a tenth of a second, writes a picture and a grey one full of detail, and says when it begins and ends. */
export function writeStubFfmpeg(folder: string): StubFfmpeg {
  const [path, journal] = [join(folder, 'ffmpeg'), join(folder, 'journal')];
  const script = `#!/bin/sh
echo + >>"${journal}"
for last; do :; done
for arg; do case "$arg" in file:picture.*) printf RIFF >"\${arg#file:}";; esac; done
head -c 2304 /dev/urandom >"\${last#file:}"
sleep 0.1
echo - >>"${journal}"
`;
  writeFileSync(journal, '');
  writeFileSync(path, script, { mode: 0o755 });
  return {
    path,
    runs() {
      let [count, running, mostAtATime] = [0, 0, 0];
      for (const sign of readFileSync(journal, 'utf8').split('\n')) {
        if (sign === '+') count += 1;
        running += sign === '+' ? 1 : sign === '-' ? -1 : 0;
        mostAtATime = Math.max(mostAtATime, running);
      }
      return { count, mostAtATime };
    },
  };
}
