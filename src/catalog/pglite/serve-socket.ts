import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { PRIVATE_FILE } from '../../private-files.ts';
import { answerStartup, fatalError, NO_ENCRYPTION } from './backend.ts';
import { FrontendReader, type FrontendEvent } from './frontend.ts';
import type { Session, SessionClient } from './session.ts';

/** The library, the worker and a reindex have at most 10 connections each. */
const MAX_CONNECTIONS = 100;

const PROTOCOL_VIOLATION = '08P01';

/** A socket that answers PostgreSQL's protocol. */
export interface SocketServer {
  /** Closes the socket and all connections. */
  close: () => Promise<void>;
}

/**
 * Listens on a Unix socket and passes what clients send to the session. Any PostgreSQL client can connect. The user
 * and the database that the client names are ignored.
 *
 * Statements with a name and COPY are not supported, because all clients share one session.
 */
export async function serveSocket(
  path: string,
  { session, serverVersion }: { session: Session; serverVersion: string },
): Promise<SocketServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveClient(socket, { session, serverVersion });
  });
  server.maxConnections = MAX_CONNECTIONS;
  // A killed process leaves its socket. Nobody listens there, because this process owns the folder.
  rmSync(path, { force: true });
  await listen(server, path);
  chmodSync(path, PRIVATE_FILE);
  return {
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A connection that can't be accepted, for example because the process has too many open files, fails alone.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

/** Answers one client. The events of a client run one after the other. */
function serveClient(
  socket: Socket,
  { session, serverVersion }: { session: Session; serverVersion: string },
): void {
  const reader = new FrontendReader();
  const events: FrontendEvent[] = [];
  let isAnswering = false;
  let isExpelled = false;
  const client: SessionClient = {
    isGone: () => isExpelled || socket.destroyed,
    expel(code, reason) {
      isExpelled = true;
      socket.write(fatalError(code, reason));
      socket.destroySoon();
    },
  };

  async function answerEvents(): Promise<void> {
    if (isAnswering) return;
    isAnswering = true;
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      await answer(event);
    }
    isAnswering = false;
  }

  async function answer(event: FrontendEvent): Promise<void> {
    switch (event.kind) {
      case 'encryption':
        socket.write(NO_ENCRYPTION);
        return;
      case 'startup':
        socket.write(answerStartup(serverVersion));
        return;
      case 'batch': {
        const bytes = await session.run(client, event.bytes);
        if (bytes !== null && !client.isGone()) socket.write(bytes);
        return;
      }
      case 'cancel':
      case 'end':
        socket.end();
    }
  }

  socket.on('data', (chunk: Buffer) => {
    try {
      events.push(...reader.push(chunk));
    } catch (error) {
      client.expel(PROTOCOL_VIOLATION, error instanceof Error ? error.message : 'invalid message');
      return;
    }
    answerEvents().catch(() => socket.destroy());
  });
  socket.on('error', () => undefined);
  socket.on('close', () => session.leave(client));
}
