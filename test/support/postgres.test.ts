import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { findPostgres, NO_POSTGRES, startPostgres } from './postgres.ts';

test(
  'a temporary PostgreSQL server stores text in UTF-8, and still has the rows after a crash',
  {
    skip: findPostgres() === null && NO_POSTGRES,
  },
  async () => {
    const server = await startPostgres();
    try {
      const url = await server.createDatabase('rows');
      const first = new pg.Client({ connectionString: url });
      first.on('error', () => undefined);
      await first.connect();
      await first.query("create table word as select lower('ÄÖЖ') as text");
      await server.crash();
      await server.restart();
      const second = new pg.Client({ connectionString: url });
      await second.connect();
      assert.deepEqual((await second.query('select text from word')).rows, [{ text: 'äöж' }]);
      await second.end();
    } finally {
      await server.stop();
    }
  },
);
