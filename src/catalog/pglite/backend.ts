// The messages that a PostgreSQL server sends, see
// https://www.postgresql.org/docs/current/protocol-message-formats.html

/** The answer to a request for encryption: no. The Unix socket needs none. */
export const NO_ENCRYPTION = Buffer.from('N');

/** A ReadyForQuery message ends with one of these letters. */
const IDLE = 'I'.charCodeAt(0);

const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;
/** Type, length and one letter. */
const READY_FOR_QUERY_BYTES = TYPE_BYTES + LENGTH_BYTES + 1;
const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const ERROR_RESPONSE = 'E'.charCodeAt(0);

/** The answer to a startup message. The server trusts the client, because only its own user can open the socket. */
export function answerStartup(serverVersion: string): Buffer {
  const parameters = {
    server_version: serverVersion,
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
  };
  return Buffer.concat([
    // AuthenticationOk
    message('R', Buffer.alloc(4)),
    ...Object.entries(parameters).map(([name, value]) => message('S', text(name, value))),
    // BackendKeyData. Nobody can cancel a query, so the key is empty.
    message('K', Buffer.alloc(8)),
    message('Z', Buffer.from('I')),
  ]);
}

/** An error that ends the connection. `code` is one of PostgreSQL's error codes. */
export function fatalError(code: string, reason: string): Buffer {
  return message('E', text('SFATAL', 'VFATAL', `C${code}`, `M${reason}`, ''));
}

export function query(sql: string): Buffer {
  return message('Q', text(sql));
}

/** True if the answer ends with ReadyForQuery. Otherwise, its client would wait for ever. */
export function isComplete(answer: Buffer): boolean {
  const last = answer.subarray(-READY_FOR_QUERY_BYTES);
  return last.length === READY_FOR_QUERY_BYTES && last[0] === READY_FOR_QUERY;
}

/** True if the answer leaves a transaction open, be it healthy or failed. */
export function leavesTransactionOpen(answer: Buffer): boolean {
  return answer.length > 0 && answer[answer.length - 1] !== IDLE;
}

/** Returns the codes of the errors in an answer. */
export function errorCodesIn(answer: Buffer): string[] {
  const codes: string[] = [];
  for (let at = 0; at + TYPE_BYTES + LENGTH_BYTES <= answer.length;) {
    const end = at + TYPE_BYTES + answer.readInt32BE(at + TYPE_BYTES);
    if (answer[at] === ERROR_RESPONSE) {
      const fields = answer.toString('utf8', at + TYPE_BYTES + LENGTH_BYTES, end).split('\0');
      const field = fields.find((candidate) => candidate.startsWith('C'));
      if (field !== undefined) codes.push(field.slice(1));
    }
    at = end;
  }
  return codes;
}

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(TYPE_BYTES + LENGTH_BYTES);
  header.write(type, 0, 'latin1');
  header.writeInt32BE(LENGTH_BYTES + body.length, TYPE_BYTES);
  return Buffer.concat([header, body]);
}

/** Strings with the zero byte after each of them. */
function text(...values: string[]): Buffer {
  return Buffer.from(values.map((value) => `${value}\0`).join(''));
}
