import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  /** The header `Location`, or null without one. */
  location: string | null;
  bodyBytes: number;
  /** True if the server takes no more requests on this connection. */
  isLast: boolean;
}

const END_OF_HEAD = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';

/**
 * A connection that sends one GET at a time and stays open. The client of Node takes more CPU time than a server that
 * only redirects, and would share the machine's cores with that server.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #received = '';
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    // Each byte becomes one character, so that the length of the text is the number of bytes.
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#finishIfComplete();
    });
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed the connection')));
  }

  /** @param port a port of 127.0.0.1 */
  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Connection(socket, `127.0.0.1:${port}`);
  }

  /**
   * Requests a path and waits for the whole answer.
   * @throws Error if the connection ends first
   */
  get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#received = '';
      this.#settle = { resolve, reject };
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #finishIfComplete(): void {
    const headLength = this.#received.indexOf(END_OF_HEAD);
    if (headLength === -1) return;
    const head = this.#received.slice(0, headLength);
    const bodyBytes = this.#received.length - headLength - END_OF_HEAD.length;
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    const isComplete =
      length === undefined
        ? this.#received.endsWith(LAST_CHUNK) || !/\r\ntransfer-encoding: chunked/i.test(head)
        : bodyBytes >= Number(length);
    if (!isComplete) return;
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve({
      status: Number(head.split(' ', 2)[1]),
      location: /\r\nlocation: (.*)/i.exec(head)?.[1] ?? null,
      bodyBytes,
      isLast: /\r\nconnection: close/i.test(head),
    });
  }
}
