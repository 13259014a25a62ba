import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { Entry } from './model.ts';

/**
 * The world's only store: a file with one JSON entry per line, appended to before anybody hears of
 * the change. A write that has returned survives kill -9 of this process, since it is in the
 * kernel's hands by then.
 */
export class Journal {
  readonly #file: number;

  private constructor(file: number) {
    this.#file = file;
  }

  /**
   * Opens the journal in `folder` (made if absent) and hands every entry that it holds to `replay`.
   */
  static open(folder: string, replay: (entry: Entry) => void): Journal {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'world.jsonl');
    const file = openSync(path, 'a+');
    const text = readFileSync(path, 'utf8');
    // A process killed while it wrote leaves half a line behind. Nobody was told of it: drop it.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
    for (const line of whole.split('\n')) {
      if (line !== '') replay(JSON.parse(line) as Entry);
    }
    return new Journal(file);
  }

  append(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}
