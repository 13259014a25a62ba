import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OldRecord } from '../../src/library/gallery/old-record.ts';
import { MAX_LONG_ANSWERS } from '../../src/library/gallery/gallery-routes.ts';
import {
  aClip,
  aLibrary,
  CHANNEL_ID,
  CLIP_ID,
  clipIdAt,
  linkOf,
  PUBLISHED,
  START_MS,
  type TestLibrary,
} from '../support/a-library.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';

const MESSAGES = '/discord-clip-library/messages';
const USERS = '/discord-clip-library/userdata';
/** More than two pages of the catalog. */
const MANY = 450;
const STATES = ['archiving', 'unreachable', 'stopped', 'deleted', 'purged'] as const;

const thumbOf = (id: string) => `/discord-clip-library/thumb/${id}.png`;

async function readJson<T>(library: TestLibrary, path: string): Promise<T> {
  const answer = await library.get(path);
  assert.equal(answer.status, 200, path);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8', path);
  return (await answer.json()) as T;
}

async function readRecords(library: TestLibrary): Promise<Record<string, OldRecord>> {
  return await readJson(library, MESSAGES);
}

describe('the records of the old gallery', () => {
  test('a record has the names of the old scraper, and the permalink as its video', async () => {
    const library = aLibrary({ clips: [aClip({ extension: 'webm' })], settings: PUBLISHED });
    assert.deepEqual(await readRecords(library), {
      [CLIP_ID]: {
        Id: CLIP_ID,
        Discord_id: CLIP_ID.split('-')[0],
        Poster: 'soho',
        Date: Date.UTC(2024, 9, 14, 6, 44) / 1000 + 0.001,
        Link_to_message: aClip().messageLink,
        Description: 'what a round',
        Attachment_URL: `https://clips.example.org/c/${CLIP_ID}.webm`,
        Filename: 'ace',
        Expire_Timestamp: Date.UTC(2100, 0, 1),
        channelId: CHANNEL_ID,
        Runtime: 27,
      },
    });
  });

  test('a date always has a decimal point, because the gallery multiplies only such numbers', async () => {
    for (const [postedAtMs, text] of [
      [1_728_888_240_000, '1728888240.001'],
      [1_728_888_240_500, '1728888240.5'],
      [1_728_888_240_999, '1728888240.999'],
    ] as const) {
      const body = await aLibrary({ clips: [aClip({ postedAtMs })] }).text(MESSAGES);
      assert.ok(body.includes(`"Date":${text},`), body);
    }
  });

  test('the channel of a thread is the channel that the thread belongs to', async () => {
    const channel = { ...aClip().channel, name: 'finals', parentId: '3', parentName: 'clips' };
    const records = await readRecords(aLibrary({ clips: [aClip({ channel })] }));
    assert.equal(records[CLIP_ID]?.channelId, '3');
  });

  test('an unknown length is absent, and a file without a name has the title of its clip', async () => {
    const clip = aClip({ durationSeconds: null, filename: '' });
    const record = (await readRecords(aLibrary({ clips: [clip] })))[CLIP_ID] ?? {};
    assert.equal('Runtime' in record, false);
    assert.equal((record as OldRecord).Filename, 'Ace on Dust');
  });

  test('only live clips have a record', async () => {
    const others = STATES.map((status, at) => aClip({ id: clipIdAt(10 + at), status }));
    const library = aLibrary({ clips: [aClip(), ...others], settings: { showDeleted: true } });
    assert.deepEqual(Object.keys(await readRecords(library)), [CLIP_ID]);
  });

  test('records over several pages are one object with each clip once', async () => {
    const clips = Array.from({ length: MANY }, (_, at) => aClip({ id: clipIdAt(at) }));
    const records = await readRecords(aLibrary({ clips }));
    assert.deepEqual(
      Object.keys(records),
      clips.map(({ id }) => id),
    );
  });

  test('a library without clips answers an empty object', async () => {
    const library = aLibrary({ clips: [] });
    assert.deepEqual(await readRecords(library), {});
    assert.deepEqual(await readJson(library, USERS), {});
  });

  test('the text of a spoiler is covered, and so is a spoiler within a text', async () => {
    for (const [changes, text] of [
      [{ isSpoiler: true }, ''],
      [{ isNsfw: true }, ''],
      [{}, 'he ▇▇▇ here'],
    ] as const) {
      const clip = aClip({ description: 'he ||dies|| here', ...changes });
      const records = await readRecords(aLibrary({ clips: [clip] }));
      assert.equal(records[CLIP_ID]?.Description, text);
    }
  });

  test("no record contains Discord's link or its signature", async () => {
    const clip = aClip({ description: `see ${linkOf('quoted', START_MS)}` });
    assert.doesNotMatch(await aLibrary({ clips: [clip] }).text(MESSAGES), /5ec5e7|stored\.mp4/);
  });

  test('strangers get no record, name or picture of a private channel', async () => {
    const poster = { ...aClip().poster, id: '6', username: 'hidden' };
    const clips = [aClip(), aClip({ id: clipIdAt(2), isPublic: false, poster })];
    const library = aLibrary({ clips, settings: PUBLISHED });
    assert.deepEqual(Object.keys(await readRecords(library)), [CLIP_ID]);
    assert.deepEqual(Object.keys(await readJson<object>(library, USERS)), ['soho']);
    assert.equal((await library.get(thumbOf(clipIdAt(2)))).status, 404);
    const local = aLibrary({ clips });
    assert.equal(Object.keys(await readRecords(local)).length, 2);
    assert.deepEqual(Object.keys(await readJson<object>(local, USERS)), ['hidden', 'soho']);
    assert.equal((await local.get(thumbOf(clipIdAt(2)))).status, 200);
  });
});

describe('a long answer for the old gallery', () => {
  const clips = Array.from({ length: MANY }, (_, at) => aClip({ id: clipIdAt(at) }));

  test('at most two streams run at a time, and a further one is 503 with a time to retry', async () => {
    assert.equal(MAX_LONG_ANSWERS, 2);
    const library = aLibrary({ clips });
    const first = await library.get(MESSAGES);
    const second = await library.get(MESSAGES);
    const third = await library.get(MESSAGES);
    assert.deepEqual([first.status, second.status, third.status], [200, 200, 503]);
    assert.ok(Number(third.headers.get('retry-after')) > 0);
    assert.deepEqual(Object.keys((await third.json()) as object), ['error']);
    // User data are not streamed.
    assert.equal((await library.get(USERS)).status, 200);
    assert.equal(Object.keys((await first.json()) as object).length, MANY);
    assert.equal(
      (await library.get(MESSAGES)).status,
      200,
      'a finished stream gives its slot back',
    );
    await second.body?.cancel();
    assert.equal(
      (await library.get(MESSAGES)).status,
      200,
      'a stream given up gives its slot back',
    );
  });

  test('the next page is read only when the client has taken the page before', async () => {
    const library = aLibrary({ clips });
    const { listLive } = library.catalog;
    let pages = 0;
    library.catalog.listLive = async (audience, page) => {
      pages++;
      return await listLive(audience, page);
    };
    const reader = (await library.get(MESSAGES)).body?.getReader();
    await new Promise(setImmediate);
    assert.equal(pages, 1);
    await reader?.read();
    await reader?.read();
    assert.equal(pages, 2);
    await reader?.cancel();
    await new Promise(setImmediate);
    assert.equal(pages, 2);
  });

  test('a catalog that does not answer is 503, and keeps no slot', async () => {
    const library = aLibrary();
    library.catalog.fault = catalogDown();
    for (const path of [MESSAGES, MESSAGES, MESSAGES, USERS, thumbOf(CLIP_ID)]) {
      const answer = await library.get(path);
      assert.equal(answer.status, 503, path);
      assert.deepEqual(Object.keys((await answer.json()) as object), ['error'], path);
    }
    library.catalog.fault = null;
    assert.deepEqual(Object.keys(await readRecords(library)), [CLIP_ID]);
  });

  test('if the catalog fails during an answer, the JSON has no end, and the log says so', async () => {
    const library = aLibrary({ clips });
    const answer = await library.get(MESSAGES);
    library.catalog.fault = catalogDown();
    const body = await answer.text();
    assert.throws(() => JSON.parse(body) as unknown, SyntaxError);
    assert.match(library.logged.join(), /a list for the old gallery is incomplete/);
    library.catalog.fault = null;
    assert.equal(Object.keys(await readRecords(library)).length, MANY);
  });

  test('HEAD reads nothing and takes no slot', async () => {
    const library = aLibrary({ clips });
    for (let at = 0; at <= MAX_LONG_ANSWERS; at++) {
      const answer = await library.get(MESSAGES, { method: 'HEAD' });
      assert.deepEqual([answer.status, await answer.text()], [200, '']);
    }
    assert.equal((await library.get(MESSAGES)).status, 200);
  });
});

describe('the user data of the old gallery', () => {
  test('each name in a record has its present name and the address of its avatar', async () => {
    const poster = { id: '6', username: 'mia', displayName: 'Mia', avatar: null };
    const dead = { ...poster, id: '7', username: 'dead' };
    const clips = [
      aClip(),
      aClip({ id: clipIdAt(2), poster }),
      aClip({ id: clipIdAt(3), poster: dead, status: 'deleted' }),
    ];
    const library = aLibrary({ clips, settings: PUBLISHED });
    const users = await readJson<object>(library, USERS);
    assert.deepEqual(users, {
      mia: { Name: 'mia', Url: null },
      soho: { Name: 'soho', Url: `${PUBLISHED.url}/a/500000000000000001?v=ab12` },
    });
    for (const { Poster } of Object.values(await readRecords(library))) {
      assert.ok(Object.hasOwn(users, Poster), Poster);
    }
  });

  test('a user who was renamed has an entry for the old name, which has the new name', async () => {
    const library = aLibrary();
    const { poster } = aClip();
    library.catalog.listRecordedPosters = async () => [
      { recordedName: 'soho', poster: { ...poster, username: 'newsoho' } },
      { recordedName: '__proto__', poster },
    ];
    const users = await readJson<Record<string, { Name: string }>>(library, USERS);
    assert.deepEqual(Object.keys(users), ['soho', '__proto__']);
    assert.equal(users.soho?.Name, 'newsoho');
  });

  test('a new name appears within 10 seconds', async () => {
    const library = aLibrary();
    const namesOf = async () => Object.keys(await readJson<object>(library, USERS));
    assert.deepEqual(await namesOf(), ['soho']);
    const poster = { ...aClip().poster, id: '6', username: 'mia' };
    library.catalog.clips.push(aClip({ id: clipIdAt(2), poster }));
    library.clock.nowMs += 10_000;
    assert.deepEqual(await namesOf(), ['mia', 'soho']);
  });
});

describe('a picture for the old gallery', () => {
  test('the answer is the absolute address of the thumbnail', async () => {
    const library = aLibrary({ settings: PUBLISHED });
    assert.deepEqual(await readJson(library, thumbOf(CLIP_ID)), {
      url: `https://clips.example.org/c/${CLIP_ID}/card?v=00112233aabbccdd`,
    });
  });

  test('a clip that is covered, has no picture or is not live has none', async () => {
    for (const changes of [
      { isSpoiler: true },
      { isNsfw: true },
      { thumbnail: null },
      ...STATES.map((status) => ({ status })),
    ]) {
      const answer = await aLibrary({ clips: [aClip(changes)] }).get(thumbOf(CLIP_ID));
      assert.equal(answer.status, 404, JSON.stringify(changes));
      assert.deepEqual(Object.keys((await answer.json()) as object), ['error']);
    }
  });

  test('an unknown clip or another ending is 404', async () => {
    const library = aLibrary();
    for (const name of [`${clipIdAt(7)}.png`, `${CLIP_ID}.jpg`, CLIP_ID, 'x.png', '%00.png']) {
      const answer = await library.get(`/discord-clip-library/thumb/${name}`);
      assert.equal(answer.status, 404, name);
      assert.deepEqual(Object.keys((await answer.json()) as object), ['error'], name);
    }
  });
});
