import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { findSocketFolder, SOCKET_PORT } from '../pglite/socket-folder.ts';
import { guardPool, type DatabaseName } from './guarded-pool.ts';
import { SESSION_ARGUMENTS } from './session-settings.ts';

/** Each process has its own pool. PostgreSQL accepts 100 connections by default. */
const MAX_CONNECTIONS = 10;
/** Also limits how long a query waits for a free connection of the pool. */
const CONNECT_TIMEOUT_MS = 5000;
const STATEMENT_TIMEOUT_MS = 30_000;
/**
 * PostgreSQL itself ends a statement earlier. This timeout is for a server that no longer answers, and for PGlite, which
 * has no statement timeout.
 */
const QUERY_TIMEOUT_MS = 40_000;
const KEEP_ALIVE_AFTER_MS = 30_000;

/** The type int8, see https://www.postgresql.org/docs/current/catalog-pg-type.html. */
const INT8: number = pg.types.builtins.INT8;

export interface DatabaseOptions {
  /** The URL of a PostgreSQL database. If it is null, the database is PGlite in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
}

/**
 * Opens the catalog's database. Nothing is connected yet, so the database need not answer. After an outage, queries
 * work again without further ado.
 *
 * A query throws CatalogUnavailable if the database can't be reached or can't work now, and pg's DatabaseError if the
 * statement is wrong. Values of type int8 are numbers.
 * @throws Error if `databaseUrl` is invalid
 */
export function openDatabase<T>({ databaseUrl, dataDir }: DatabaseOptions): Kysely<T> {
  const pool = new pg.Pool({
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: 'everclip',
    // A command that forgets to close the database must still end.
    allowExitOnIdle: true,
    types: { getTypeParser: getParser as typeof pg.types.getTypeParser },
    ...(databaseUrl === null ? socketConfig(dataDir) : serverConfig(databaseUrl)),
  });
  const name = databaseUrl === null ? nameOfFolder(dataDir) : nameOfServer(databaseUrl);
  return new Kysely<T>({ dialect: new PostgresDialect({ pool: guardPool(pool, name) }) });
}

function serverConfig(databaseUrl: string): pg.PoolConfig {
  const url = parseUrl(databaseUrl);
  const ownOptions = SESSION_ARGUMENTS.join(' ');
  const options = [url.searchParams.get('options'), ownOptions].filter(Boolean).join(' ');
  // pg prefers what the URL says.
  if (url.searchParams.has('options')) url.searchParams.set('options', options);
  return {
    connectionString: url.searchParams.has('options') ? url.href : databaseUrl,
    options,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  };
}

/** The user, the password and the database are ignored. They are set, so that pg does not read the environment. */
function socketConfig(dataDir: string): pg.PoolConfig {
  /** Finds the socket for each connection, because a new process may have another socket. */
  class SocketClient extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super({ ...config, host: findSocketFolder(dataDir) });
    }
  }
  return {
    Client: SocketClient,
    port: SOCKET_PORT,
    user: 'everclip',
    password: 'unused',
    database: 'postgres',
    ssl: false,
  };
}

function nameOfFolder(dataDir: string): DatabaseName {
  return { name: `in ${dataDir}`, password: null };
}

function nameOfServer(databaseUrl: string): DatabaseName {
  const { host, pathname, password } = parseUrl(databaseUrl);
  return { name: `at ${host}${pathname}`, password: decodeURIComponent(password) };
}

/** The error of `new URL` contains the URL with its password. */
function parseUrl(databaseUrl: string): URL {
  try {
    const url = new URL(databaseUrl);
    decodeURIComponent(url.password);
    if (/^postgres(ql)?:$/.test(url.protocol)) return url;
  } catch {
    // Fall through to the error without the password.
  }
  throw new Error(
    'DATABASE_URL is not valid: write postgres://user:password@host:5432/database, and encode special characters of the password, such as %40 for @',
  );
}

/** pg's own parsers. The declared type knows only the types that pg has a name for. */
const findParser = pg.types.getTypeParser as (
  oid: number,
  format?: string,
) => (value: string) => unknown;

function getParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8) return Number;
  return findParser(oid, format);
}
