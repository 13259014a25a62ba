import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { CatalogChange } from '../../src/catalog/catalog.ts';
import { CatalogUnavailable } from '../../src/catalog/catalog.ts';
import {
  claimReconcile,
  finishReconcile,
  reportReconcile,
} from '../../src/catalog/reconcile-state.ts';
import { createReconcileStore } from '../../src/catalog/reconcile/database-store.ts';
import { unreadableVersion } from '../../src/catalog/write/unreadable.ts';
import {
  CHANNEL,
  channelChange,
  EVERYTHING,
  idOf,
  keyOf,
  POSTER,
  recordChange,
  recordOf,
  userChange,
} from './changes.ts';
import { pause, until } from '../support/wait.ts';
import { onEachDatabase } from './databases.ts';

const OTHER = '1196521684992000059';
const otherKeyOf = (n: number): string => keyOf(recordOf(n, { channelId: OTHER }));

onEachDatabase('the catalog', (context, { name: database }) => {
  async function apply(...changes: CatalogChange[]): Promise<void> {
    await context.catalog.apply(changes);
  }

  test('a clip has everything that its record, its channel and its user data say', async () => {
    await apply(
      recordChange(1, {
        ...{ Description: 'LUCKY ace', Runtime: 21.25, Width: 1920, Height: 1080, Codec: 'h264' },
        ...{
          Frame_Rate: 60,
          Has_Audio: true,
          Size: 24,
          Content_Type: 'video/mp4',
          Game: 'Half-Life',
        },
        ...{
          Placeholder: '1QcSHQ==',
          Alt_Text: 'a jump',
          Spoiler: true,
          guildId: '442294389964800640',
        },
        ...{ Thumbnail: `thumb/${idOf(1)}.webp`, Poster_Image: `poster/${idOf(1)}.jpg` },
        ...{ Poster_Image_Hash: '0123456789abcdef', Filename: 'COMET' },
        ...{ Storyboard: `storyboard/${idOf(1)}.webp`, Storyboard_Hash: 'fedcba9876543210' },
        Storyboard_Times: [0.5, 1.25, 2],
        Players: [{ Id: '77', Name: 'ivo', Display_Name: 'Ivo' }],
      }),
      channelChange(CHANNEL, 'overtime', {
        Nsfw: true,
        Parent_Id: '1196521684992000060',
        Parent_Name: 'games',
      }),
      userChange(POSTER, 'soho', 'Soho!'),
    );
    const link = {
      id: idOf(1),
      channelId: CHANNEL,
      guildId: '442294389964800640',
      status: 'live' as const,
      url: recordOf(1).Attachment_URL,
      expiresAtMs: 1_711_879_200_000,
      issuedAtMs: 1_711_792_800_000,
      extension: 'mp4',
      isPublic: true,
    };
    assert.deepEqual(await context.catalog.findLink(idOf(1)), link);
    const clip = await context.catalog.findClip(idOf(1));
    const version = clip?.poster.avatar?.version ?? '';
    assert.match(version, /^[0-9a-f]{16}$/);
    assert.deepEqual(clip, {
      ...link,
      messageId: '1213063181631516601',
      title: 'LUCKY ace',
      description: 'LUCKY ace',
      filename: 'COMET',
      postedAtMs: 1_709_287_201_000,
      messageLink: `https://discord.com/channels/442294389964800640/${CHANNEL}/1213063181631516601`,
      contentType: 'video/mp4',
      sizeBytes: 24,
      durationSeconds: 21.25,
      width: 1920,
      height: 1080,
      codec: 'h264',
      frameRate: 60,
      hasAudio: true,
      placeholder: '1QcSHQ==',
      thumbnail: { key: `thumb/${idOf(1)}.webp`, version: null },
      posterImage: { key: `poster/${idOf(1)}.jpg`, version: '0123456789abcdef' },
      storyboard: {
        key: `storyboard/${idOf(1)}.webp`,
        version: 'fedcba9876543210',
        times: [0.5, 1.25, 2],
      },
      deletedAtMs: null,
      recordedAtMs: null,
      altText: 'a jump',
      isSpoiler: true,
      isNsfw: true,
      game: 'Half-Life',
      players: [{ Id: '77', Name: 'ivo', Display_Name: 'Ivo' }],
      poster: {
        id: POSTER,
        username: 'soho',
        displayName: 'Soho!',
        avatar: { key: `userData/${POSTER}.png`, version },
      },
      channel: {
        id: CHANNEL,
        name: 'overtime',
        guildName: null,
        parentId: '1196521684992000060',
        parentName: 'games',
      },
    });
    assert.deepEqual((await context.catalog.search(EVERYTHING, { limit: 1 })).clips, [clip]);
  });

  test('a lower revision or attempt never replaces a higher one, in one batch or in several', async () => {
    const orders = [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ];
    const changes = [
      recordChange(1, { Revision: 1, Attempt: 9, Description: 'first' }),
      recordChange(1, { Revision: 2, Attempt: 1, Description: 'second' }),
      recordChange(1, { Revision: 2, Attempt: 2, Description: 'third' }),
    ];
    for (const order of orders) {
      for (const together of [true, false]) {
        const batch = order.map((at) => changes[at - 1]!);
        if (together) await apply(...batch);
        else for (const change of batch) await apply(change);
        assert.equal((await context.catalog.findClip(idOf(1)))?.description, 'third');
        await apply({ kind: 'removed', key: changes[0]!.key });
      }
    }
  });

  test('a refresh of a link writes only the link', async () => {
    const rowOfClip = async () =>
      (await sql`select ctid, xmin from clips`.execute(context.db)).rows;
    await apply(recordChange(1, { Description: 'LUCKY ace' }));
    const before = await rowOfClip();
    const url = recordOf(1).Attachment_URL.replace('66093420', '660a85a0');
    await apply(recordChange(1, { Description: 'LUCKY ace', Revision: 2, Attachment_URL: url }));
    assert.deepEqual(await rowOfClip(), before);
    assert.equal((await context.catalog.findLink(idOf(1)))?.url, url);
    await apply(recordChange(1, { Description: 'changed', Revision: 3, Attachment_URL: url }));
    assert.notDeepEqual(await rowOfClip(), before);
    assert.equal((await context.catalog.findClip(idOf(1)))?.description, 'changed');
  });

  test('writers that race leave each clip with its highest revision', async () => {
    const changes = Array.from({ length: 60 }, (_, at) =>
      recordChange(at % 3, { Revision: (at % 20) + 1, Description: `revision ${(at % 20) + 1}` }),
    );
    await Promise.all(changes.map((change) => apply(change)));
    for (const n of [0, 1, 2]) {
      assert.equal((await context.catalog.findClip(idOf(n)))?.description, 'revision 20');
    }
  });

  test('a removed or unreadable object takes its rows with it', async () => {
    const { key, record } = recordChange(1, { Description: 'LUCKY ace' });
    const changes = [
      recordChange(1, { Description: 'LUCKY ace' }),
      channelChange(CHANNEL, 'overtime'),
      userChange(POSTER, 'soho', 'Queen of Hearts'),
    ];
    await apply(...changes);
    await apply({ kind: 'removed', key: `channels/${CHANNEL}.json` });
    await apply({ kind: 'removed', key: `userData/${POSTER}.json` });
    const clip = await context.catalog.findClip(idOf(1));
    assert.deepEqual([clip?.channel.name, clip?.isPublic], [null, false]);
    assert.deepEqual([clip?.poster.displayName, clip?.poster.avatar], ['soho', null]);
    const count = async (text: string) =>
      (await context.catalog.search({ ...EVERYTHING, text }, { limit: 1 })).count;
    assert.deepEqual([await count('hearts'), await count('soho')], [0, 1]);
    await apply({ kind: 'removed', key: key.replace(CHANNEL, '1196521684992000059') });
    assert.notEqual(await context.catalog.findClip(idOf(1)), null, 'the key of another channel');
    await apply({ kind: 'unreadable', key, version: 'damaged' });
    assert.equal(await context.catalog.findClip(idOf(1)), null);
    assert.equal(await context.catalog.findLink(idOf(1)), null);
    const versions = await context.catalog.readVersions('');
    assert.deepEqual(versions, new Map([[key, unreadableVersion('damaged')]]));
    await apply({ kind: 'record', key, version: '1', record });
    await apply({ kind: 'removed', key });
    for (const table of ['clips', 'clip_details', 'links', 'posters', 'channels', 'objects']) {
      const { rows } = await sql`select * from ${sql.table(table)}`.execute(context.db);
      assert.deepEqual(rows, [], table);
    }
  });

  test('a record that does not belong at its key is kept as unreadable', async () => {
    const key = keyOf(recordOf(2));
    await apply({ kind: 'record', key, version: '7', record: recordOf(1) });
    assert.equal(await context.catalog.findClip(idOf(1)), null);
    const versions = await context.catalog.readVersions('messages/');
    assert.deepEqual(versions, new Map([[key, unreadableVersion('7')]]));
  });

  test('a purged clip has nothing but its ids, and a late write does not bring it back', async () => {
    const { key } = recordChange(1);
    await apply(recordChange(1, { Description: 'LUCKY ace', Revision: 7 }));
    const purged = { Status: 'purged', Id: idOf(1), channelId: CHANNEL } as never;
    await apply({ kind: 'record', key, version: '8', record: purged });
    await apply(recordChange(1, { Description: 'LUCKY ace', Revision: 9 }));
    const clip = await context.catalog.findClip(idOf(1));
    assert.deepEqual(
      [clip?.status, clip?.url, clip?.title, clip?.description, clip?.poster.username],
      ['purged', null, '', '', ''],
    );
    const { rows } = await sql<{ text: string }>`
      select (select json_agg(c) from clips c)::text || (select json_agg(l) from links l)::text ||
        (select json_agg(d) from clip_details d)::text as text`.execute(context.db);
    assert.doesNotMatch(rows[0]?.text ?? '', /lucky|soho|cdn\.discord/i);
  });

  test('a record with a lower revision leaves the version of the higher one, so a reconcile looks at the object', async () => {
    const { key, version } = recordChange(1, { Revision: 7 });
    await apply(recordChange(1, { Revision: 7 }));
    await apply(recordChange(1, { Revision: 3 }));
    assert.deepEqual(await context.catalog.readVersions(''), new Map([[key, version]]));
  });

  test('whatever its revision, a purged record beats live ones, in one batch or in several', async () => {
    const { key } = recordChange(1);
    const record = recordOf(1, { Status: 'purged', Revision: 4 });
    const purged: CatalogChange = { kind: 'record', key, version: '4', record };
    const live = recordChange(1, { Revision: 5 });
    for (const batches of [[[purged, live]], [[live, purged]], [[purged], [live]]]) {
      for (const batch of batches) await apply(...batch);
      assert.equal((await context.catalog.findLink(idOf(1)))?.status, 'purged');
      await apply({ kind: 'removed', key });
    }
  });

  test('a write and a removal of the same clips at once both succeed', async () => {
    const clips = Array.from({ length: 30 }, (_, n) => n);
    for (let round = 0; round < 15; round++) {
      await Promise.all([
        apply(...clips.map((n) => recordChange(n, { Description: `round ${round}` }))),
        apply(...clips.map((n) => ({ kind: 'removed' as const, key: keyOf(recordOf(n)) }))),
        apply(...clips.map((n) => recordChange(n, { channelId: OTHER, Revision: round + 1 }))),
        apply(...clips.map((n) => ({ kind: 'removed' as const, key: otherKeyOf(n) }))),
      ]);
    }
    await apply(...clips.map((n) => recordChange(n, { channelId: OTHER, Revision: 99 })));
    assert.equal((await context.catalog.readState()).clips, clips.length);
  });

  const onlyPostgres = { skip: database === 'PGlite' ? 'PGlite has one connection' : false };
  test(
    'a removal waits for links before it locks clips, as a write does',
    onlyPostgres,
    async () => {
      const { db, catalog } = context;
      await apply(recordChange(1));
      const isWaiting = async () =>
        (await sql`select from pg_locks where not granted`.execute(db)).rows.length > 0;
      const removal = await db.transaction().execute(async (other) => {
        await sql`select from links for update`.execute(other);
        const ended = catalog.apply([{ kind: 'removed', key: keyOf(recordOf(1)) }]);
        await until('the removal waits', isWaiting);
        await sql`select from clips for update nowait`.execute(other);
        // In an object, because the removal ends only after the transaction.
        return { ended };
      });
      await removal.ended;
      assert.equal(await catalog.findClip(idOf(1)), null);
    },
  );

  test('a clip whose details are lost is left out, and the other clips are found', async () => {
    await apply(recordChange(1), recordChange(2));
    await sql`delete from clip_details where clip_id = ${idOf(1)}`.execute(context.db);
    assert.equal(await context.catalog.findClip(idOf(1)), null);
    const { clips } = await context.catalog.search(EVERYTHING, { limit: 9 });
    assert.deepEqual(
      clips.map(({ id }) => id),
      [idOf(2)],
    );
  });

  test('an old id leads to the oldest of the clips that share it', async () => {
    const url =
      'https://cdn.discordapp.com/attachments/100000000000000002/100000000000000003/ace.mp4?ex=1';
    const fields = { Poster_Id: '100000000000000001', Attachment_URL: url };
    await apply(
      recordChange(2, { ...fields, Date: 1728888294.209 }),
      recordChange(3, { ...fields, Date: 1728888294 }),
    );
    assert.equal(await context.catalog.findOldId('c894f61c'), idOf(2));
    assert.equal(await context.catalog.findOldId('F0CDB35E'), idOf(3));
    assert.equal(await context.catalog.findOldId('00000000'), null);
    await sql`update clips set old_id = 'c894f61c'`.execute(context.db);
    assert.equal(await context.catalog.findOldId('c894f61c'), idOf(3));
  });

  test('records, channels and user data with hostile values are never an error', async () => {
    const hostile = [
      ...[
        '\0',
        '\ud800',
        'x\udfff',
        "'; drop table clips; --",
        '<script>',
        'x'.repeat(100_000),
        '\u202e',
      ],
      ...[null, Infinity, -1, 1e300, NaN, true, {}, [], [null], { a: '\0' }, '9'.repeat(30)],
      ...['\u0301'.repeat(5000), '🔥'.repeat(5000), '神'.repeat(9000)],
    ];
    const names = [
      ...Object.keys(recordOf(1)),
      'Runtime',
      'Width',
      'Codec',
      'Thumbnail',
      'Title',
      'Game',
    ];
    const more = [
      'Players',
      'Placeholder',
      'Deleted_At',
      'Alt_Text',
      'User_Data',
      'Thumbnail_Hash',
    ];
    const changes: CatalogChange[] = [];
    for (const value of hostile) {
      for (const name of [...names, ...more]) {
        const record = { ...recordOf(changes.length), [name]: value } as never;
        changes.push({
          kind: 'record',
          key: keyOf(recordOf(changes.length)),
          version: '1',
          record,
        });
      }
      const everywhere = { Name: value, Display_Name: value, Url: value, Icon: value } as object;
      const channel = { ...everywhere, Guild_Name: value, Parent_Name: value } as object;
      changes.push(
        { kind: 'user', key: 'userData/1.json', version: '1', user: { Id: '1', ...everywhere } },
        {
          kind: 'channel',
          key: `channels/${CHANNEL}.json`,
          version: '1',
          channel: { Id: CHANNEL, ...channel } as never,
        },
      );
      await apply(...changes.splice(0));
    }
    const { clips } = await context.catalog.readState();
    assert.ok(clips > names.length);
  });

  test('the catalog says that it is incomplete until a reconcile has finished', async () => {
    const { catalog, db } = context;
    assert.deepEqual(await catalog.readState(), { clips: 0, reconcile: null, isIncomplete: true });
    assert.equal(await catalog.isComplete(), false);
    assert.equal(await claimReconcile(db, 'a'), true);
    assert.deepEqual((await catalog.readState()).reconcile, { done: 0, total: null });
    assert.equal(await reportReconcile(db, 'a', { done: 3, total: 7 }), true);
    assert.deepEqual((await catalog.readState()).reconcile, { done: 3, total: 7 });
    assert.equal(await finishReconcile(db, 'a', { isComplete: false }), true);
    assert.deepEqual(await catalog.readState(), { clips: 0, reconcile: null, isIncomplete: true });
    await claimReconcile(db, 'a');
    await finishReconcile(db, 'a', { isComplete: true });
    assert.deepEqual(await catalog.readState(), { clips: 0, reconcile: null, isIncomplete: false });
    assert.equal(await catalog.isComplete(), true);
  });

  test('the version of the content grows with each change that a list shows, and not with a new link', async () => {
    const { catalog, db } = context;
    await apply(recordChange(1));
    assert.equal(await catalog.readContentVersion(), null, 'the catalog is incomplete');
    await claimReconcile(db, 'a');
    await finishReconcile(db, 'a', { isComplete: true });
    let last = (await catalog.readContentVersion()) ?? NaN;
    const hasGrown = async (...changes: CatalogChange[]) => {
      await apply(...changes);
      const before = last;
      last = (await catalog.readContentVersion()) ?? NaN;
      return last > before;
    };
    const link = recordOf(1).Attachment_URL.replace(/ex=\w+/, 'ex=66193420');
    assert.equal(await hasGrown(recordChange(1, { Revision: 8, Attachment_URL: link })), false);
    assert.equal(await hasGrown(recordChange(1, { Revision: 9, Status: 'deleted' })), true);
    assert.equal(await hasGrown(recordChange(2)), true);
    assert.equal(await hasGrown(channelChange(CHANNEL, 'renamed')), true);
    assert.equal(await hasGrown(userChange(POSTER, 'renamed')), true);
    assert.equal(await hasGrown({ kind: 'removed', key: recordChange(2).key }), true);
    assert.equal(await hasGrown(), false);
  });

  test('a request for a reconcile holds until a reconcile that started later is complete', async () => {
    const { db } = context;
    const store = createReconcileStore(db);
    const reconcile = async (isComplete: boolean, meanwhile = () => Promise.resolve()) => {
      assert.equal(await store.claim('a'), true);
      await meanwhile();
      assert.equal(await store.finish('a', { isComplete }), true);
      return await store.isRequested();
    };
    assert.equal(await store.isRequested(), false);
    await store.request();
    assert.equal(await store.isRequested(), true);
    assert.equal(await reconcile(false), true);
    assert.equal(await reconcile(true, () => store.request()), true);
    // The clock of PGlite has milliseconds.
    await pause(2);
    assert.equal(await reconcile(true), false);
  });

  test('two reconciles never run at once, and the lease of a killed reconcile expires', async () => {
    const { catalog, db } = context;
    const claims = await Promise.all(['a', 'b', 'c'].map((owner) => claimReconcile(db, owner)));
    assert.equal(claims.filter(Boolean).length, 1);
    assert.equal(await claimReconcile(db, 'd'), false);
    await sql`update reconcile_state set heartbeat_at = now() - interval '61 s'`.execute(db);
    assert.equal((await catalog.readState()).reconcile, null);
    assert.equal(await claimReconcile(db, 'd'), true);
    const loser = ['a', 'b', 'c'].find((_, at) => claims[at]) ?? '';
    assert.equal(await reportReconcile(db, loser, { done: 1, total: 1 }), false);
    assert.equal(await finishReconcile(db, loser, { isComplete: true }), false);
    assert.equal((await catalog.readState()).isIncomplete, true);
  });

  test('if the tables are missing, every method throws CatalogUnavailable', async () => {
    const { catalog } = context;
    await sql`alter table clips rename to gone`.execute(context.db);
    try {
      await assert.rejects(catalog.findLink(idOf(1)), CatalogUnavailable);
      await assert.rejects(catalog.search(EVERYTHING, { limit: 1 }), CatalogUnavailable);
      await assert.rejects(catalog.apply([recordChange(1)]), CatalogUnavailable);
    } finally {
      await sql`alter table gone rename to clips`.execute(context.db);
    }
  });
});
