import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { stage } from '../emulator/support.ts';
import { describeCounts, runFire } from '../support/fire/fire.ts';
import { get } from '../support/fire/get.ts';
import { startReaders } from '../support/fire/readers.ts';
import { startStubLibrary, type StubAnswer } from '../support/fire/stub-library.ts';
import { Tally } from '../support/fire/tally.ts';
import { startLocalServer } from '../support/local-server.ts';
import { findPostgres } from '../support/postgres.ts';
import { randomOf } from '../support/random.ts';
import { pause } from '../support/wait.ts';

const READ_MS = 500;

/** Lets readers follow one permalink of a library that answers with the result of `answerWith`. */
async function readFrom(
  t: TestContext,
  answerWith: (link: string, count: number) => StubAnswer,
  leaseSeconds = 60,
): Promise<Tally> {
  const { emulator, channel, user } = await stage(t, { leaseSeconds });
  emulator.postMessage({
    channelId: channel.id,
    authorId: user.id,
    files: [{ filename: 'clip.mp4', bytes: Buffer.alloc(4096, 1), contentType: 'video/mp4' }],
  });
  const freshLink = (): string => emulator.messages(channel.id)[0]!.attachments[0]!.url;
  let count = 0;
  const library = await startStubLibrary(() => answerWith(freshLink(), (count += 1)));
  t.after(() => library.stop());
  const tally = new Tally();
  const readers = startReaders({
    libraryUrl: library.origin,
    cdnOrigin: emulator.cdnOrigin,
    clipIds: ['1-2'],
    readers: 4,
    random: randomOf(1),
    tally,
  });
  await pause(READ_MS);
  await readers.stop();
  return tally;
}

describe('the readers of the fire test', { concurrency: true }, () => {
  test('redirects to links that play violate no promise', async (t) => {
    const tally = await readFrom(t, (location) => ({ status: 302, location }));
    assert.ok(tally.total.redirects > 0);
    assert.deepEqual(tally.violations(), []);
    assert.ok(tally.byteMs(0.99) > 0);
  });

  test('a redirect to a link that Discord refuses is a dead redirect', async (t) => {
    const tally = await readFrom(t, (link) => ({
      status: 302,
      location: link.replace(/hm=\w+/, 'hm=00'),
    }));
    assert.equal(tally.total.dead, tally.total.redirects);
    assert.match(tally.violations().join('\n'), /dead redirects, such as 1-2, refused \(4\d\d\)/);
  });

  test('a redirect to a link that expires within 2 s is a dead redirect, although the link still plays', async (t) => {
    const tally = await readFrom(t, (location) => ({ status: 302, location }), 2);
    assert.equal(tally.total.dead, tally.total.redirects);
    assert.match(tally.violations().join('\n'), /dead redirects, such as .*1-2 with 1?\d+ ms left/);
  });

  test('if more than 1 % of the answers are 503, a promise is violated', async (t) => {
    const tally = await readFrom(t, (location, count) =>
      count === 2 ? { status: 503 } : { status: 302, location },
    );
    assert.match(tally.violations().join('\n'), /^1 of \d+ answers were 503/);
  });

  test('an answer that denies an existing clip, or leads elsewhere than to Discord, is wrong', async (t) => {
    const tally = await readFrom(t, (_, count) =>
      count % 2 === 0 ? { status: 404 } : { status: 302, location: 'https://example.com/' },
    );
    assert.equal(tally.total.wrong, tally.total.answers);
    assert.match(tally.violations().join('\n'), /wrong answers, such as/);
  });

  test('a redirect counts although the library is killed in its body, but bytes that break off are not playable', async (t) => {
    const server = await startLocalServer(({ url }, response) => {
      const answer = { location: '/elsewhere', 'content-length': 10 };
      response.writeHead(url === '/redirect' ? 302 : 206, answer);
      response.write('part', () => response.destroy());
    });
    t.after(() => server.stop());
    for (const [path, status] of [
      ['/redirect', 302],
      ['/bytes', 206],
    ] as const) {
      const answer = await get(`${server.origin}${path}`, { timeoutMs: 5000 });
      assert.deepEqual([answer.status, answer.location], [status, '/elsewhere']);
      assert.equal(answer.isComplete, false);
    }
    await assert.rejects(get('http://127.0.0.1:1', { timeoutMs: 5000 }), /ECONNREFUSED/);
  });
});

test('while every process is killed with -9 in turn, no permalink leads to a dead link', async (t) => {
  const result = await runFire({
    seconds: 20,
    clips: 12,
    readers: 12,
    seed: 1,
    // Other test files use the same cores, so a restart may take longer than links are valid.
    maxUnavailablePart: 0.1,
    minVictims: 2,
    layout: findPostgres() === null ? 'start' : 'split',
    print: (line) => {
      t.diagnostic(line);
    },
  });
  t.diagnostic(describeCounts(result.counts));
  t.diagnostic(`p50 ${result.byteP50Ms} ms, p99 ${result.byteP99Ms} ms to a playable byte`);
  assert.deepEqual(result.violations, []);
  assert.ok(Object.keys(result.kills).length >= 2, 'more than one process was killed');
});
