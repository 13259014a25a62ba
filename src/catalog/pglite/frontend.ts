// The messages that a PostgreSQL client sends, see
// https://www.postgresql.org/docs/current/protocol-message-formats.html

/** The most bytes that a client may send before the next answer. A statement with its parameters must fit. */
export const MAX_BATCH_BYTES = 32 * 1024 * 1024;

const LENGTH_BYTES = 4;
const TYPE_BYTES = 1;
/** A startup message has a few names and values. */
const MAX_STARTUP_BYTES = 10_000;

const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;

const QUERY = code('Q');
const SYNC = code('S');
const TERMINATE = code('X');
/** Parse, Bind, Describe, Execute, Close and Flush. PostgreSQL answers them at the latest when Sync follows. */
const EXTENDED = new Set(['P', 'B', 'D', 'E', 'C', 'H'].map(code));

export type FrontendEvent =
  /** The client wants encryption. The answer is one byte, and a startup message follows. */
  | { kind: 'encryption' }
  | { kind: 'startup' }
  | { kind: 'cancel' }
  /** Messages that PostgreSQL answers with exactly one ReadyForQuery. */
  | { kind: 'batch'; bytes: Buffer }
  | { kind: 'end' };

/** Cuts the bytes of one client into events. */
export class FrontendReader {
  #chunks: Buffer[] = [];
  #receivedBytes = 0;
  /** Before this many bytes are there, no further event is complete. Joining chunks earlier would copy for nothing. */
  #neededBytes = 0;
  #pending: Buffer = Buffer.alloc(0);
  /** The bytes at the start of `#pending` that are whole messages of an unfinished batch. */
  #scanned = 0;
  #hasStarted = false;

  /**
   * Adds bytes and returns the events that are complete now.
   * @throws Error if the bytes are not PostgreSQL's protocol, or if a batch exceeds MAX_BATCH_BYTES
   */
  push(chunk: Buffer): FrontendEvent[] {
    this.#chunks.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes < this.#neededBytes) return [];
    const [only] = this.#chunks;
    this.#pending =
      this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    const events: FrontendEvent[] = [];
    for (;;) {
      const event = this.#hasStarted ? this.#readMessage() : this.#readStartup();
      if (event === null) break;
      events.push(event);
      if (event.kind === 'end' || event.kind === 'cancel') break;
    }
    this.#chunks = [this.#pending];
    this.#receivedBytes = this.#pending.length;
    return events;
  }

  #readStartup(): FrontendEvent | null {
    if (this.#pending.length < 2 * LENGTH_BYTES) return this.#waitFor(2 * LENGTH_BYTES);
    const length = this.#pending.readInt32BE(0);
    if (length < 2 * LENGTH_BYTES || length > MAX_STARTUP_BYTES) {
      throw new Error('not a PostgreSQL client');
    }
    if (this.#pending.length < length) return this.#waitFor(length);
    const version = this.#pending.readInt32BE(LENGTH_BYTES);
    this.#pending = this.#pending.subarray(length);
    if (version === SSL_REQUEST || version === GSS_REQUEST) return { kind: 'encryption' };
    if (version === CANCEL_REQUEST) return { kind: 'cancel' };
    this.#hasStarted = true;
    return { kind: 'startup' };
  }

  #readMessage(): FrontendEvent | null {
    for (;;) {
      const at = this.#scanned;
      const header = at + TYPE_BYTES + LENGTH_BYTES;
      if (this.#pending.length < header) return this.#waitFor(header);
      const type = this.#pending.readUInt8(at);
      const length = this.#pending.readInt32BE(at + TYPE_BYTES);
      const end = at + TYPE_BYTES + length;
      if (length < LENGTH_BYTES) throw new Error('a message has an invalid length');
      if (end > MAX_BATCH_BYTES) throw new Error('a statement is too large');
      if (type === TERMINATE) return { kind: 'end' };
      if (type !== QUERY && type !== SYNC && !EXTENDED.has(type)) {
        throw new Error(`the message type "${String.fromCharCode(type)}" is not supported`);
      }
      if (this.#pending.length < end) return this.#waitFor(end);
      this.#scanned = end;
      if (type === QUERY || type === SYNC) {
        const bytes = this.#pending.subarray(0, end);
        this.#pending = this.#pending.subarray(end);
        this.#scanned = 0;
        return { kind: 'batch', bytes };
      }
    }
  }

  #waitFor(bytes: number): null {
    this.#neededBytes = bytes;
    return null;
  }
}

function code(character: string): number {
  return character.charCodeAt(0);
}
