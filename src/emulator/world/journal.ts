import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './model.ts';

/**
 * The world is stored in a file with one JSON entry per line. A change is appended before it is announced to any
 * client. A finished write survives kill -9, because the kernel has the bytes.
 */
export class Journal {
  readonly #file: number;

  private constructor(file: number) {
    this.#file = file;
  }

  /** Opens the journal in `folder` (created if missing) and passes each entry to `replay`. */
  static open(folder: string, replay: (entry: Entry) => void): Journal {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'world.jsonl');
    const file = openSync(path, 'a+');
    const text = readFileSync(path, 'utf8');
    // A process that was killed during a write leaves an incomplete line. Drop the line, because the change in this
    // line was not announced to any client.
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
