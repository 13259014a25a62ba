import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Suggestion } from '../../src/catalog/catalog.ts';
import { parseText } from '../../src/library/search/parse-text.ts';
import { planSuggestions, showSuggestions } from '../../src/library/search/suggestions.ts';
import {
  MAX_SUGGESTING,
  SUGGESTIONS_REMEMBERED_MS,
} from '../../src/library/routes/suggest-routes.ts';
import { aLibrary, PUBLISHED } from '../support/a-library.ts';
import { catalogDown } from '../support/fakes/library-catalog.ts';

const SOHO: Suggestion = { kind: 'person', value: '5', name: 'soho', label: 'Soho!', count: 12 };
const CLIPS: Suggestion = {
  kind: 'channel',
  value: '2',
  name: 'old clips',
  label: 'old clips',
  count: 7,
};
const GAME: Suggestion = { kind: 'game', value: 'Dust', name: 'Dust', label: 'Dust', count: 3 };

function named(kind: Suggestion['kind'], count: number): Suggestion[] {
  return Array.from({ length: count }, (_, at) => ({
    ...{ kind, value: `${at}`, name: `${kind}${at}`, label: `${kind}${at}`, count: 9 - at },
  }));
}

function insertsOf(text: string): string[] {
  return planSuggestions(text).operators.map(({ insert }) => insert);
}

describe('what is suggested', () => {
  test('an operator asks for the names that fit it, and a word for all names', () => {
    const namesOf = (text: string) => planSuggestions(text).names;
    assert.deepEqual(namesOf('ace poster:so'), { typed: 'so', kinds: ['person'] });
    assert.deepEqual(namesOf('with:"mia pl'), { typed: 'mia pl', kinds: ['player'] });
    assert.deepEqual(namesOf('in:'), { typed: '', kinds: ['channel'] });
    assert.deepEqual(namesOf('game:d'), { typed: 'd', kinds: ['game'] });
    assert.deepEqual(namesOf('ace so'), { typed: 'so', kinds: ['person', 'channel', 'game'] });
    for (const text of ['', 'ace ', 'ace -so', '"so', 'before:20', 'from:"mia plays"']) {
      assert.equal(namesOf(text), null, text);
    }
  });

  test('operators are suggested by their beginnings, also by those of their aliases', () => {
    assert.deepEqual(insertsOf('ace fr'), ['from:']);
    assert.deepEqual(insertsOf('POST'), ['from:']);
    assert.deepEqual(insertsOf('is:s'), ['is:silent', 'is:spoiler']);
    assert.deepEqual(insertsOf('ace '), [
      ...['from:', 'in:', 'with:', 'game:', 'before:', 'after:', 'during:', 'longer:'],
      ...['shorter:', 'is:'],
    ]);
    assert.deepEqual(insertsOf('from:fr'), []);
  });

  test('what is inserted is read as the condition that was suggested', () => {
    const shown = showSuggestions([], [SOHO, CLIPS, GAME, { ...SOHO, kind: 'player' }]);
    assert.deepEqual(
      shown.map(({ insert }) => parseText(insert).filters),
      [
        [{ name: 'from', value: 'soho' }],
        [{ name: 'with', value: 'soho' }],
        [{ name: 'in', value: 'old clips' }],
        [{ name: 'game', value: 'Dust' }],
      ],
    );
    const [byId] = showSuggestions([], [{ ...SOHO, name: '"soho"' }]);
    assert.equal(byId?.insert, 'from:5');
  });

  test('there are at most 8 suggestions, and each kind has a place', () => {
    const kindsOf = (shown: ReturnType<typeof showSuggestions>) =>
      shown.map(({ kind }) => kind[0]).join('');
    const all = [...named('person', 8), ...named('channel', 8), ...named('game', 8)];
    const { operators } = planSuggestions('');
    assert.equal(kindsOf(showSuggestions(operators, all)), 'oopppccg');
    assert.equal(kindsOf(showSuggestions([], all)), 'pppppccg');
    assert.equal(kindsOf(showSuggestions(operators, [])), 'oooooooo');
    assert.equal(kindsOf(showSuggestions([], named('game', 8))), 'gggggggg');
  });
});

describe('the route of suggestions', () => {
  test('suggestions are JSON that browsers ask for again, with an ETag', async () => {
    const library = aLibrary();
    library.catalog.suggestions = [SOHO, CLIPS, GAME];
    const response = await library.get('/api/suggest?q=ace+f');
    assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'private, no-cache');
    assert.deepEqual(await response.json(), [
      { kind: 'operator', label: 'from:', value: 'from', insert: 'from:', count: null },
      { kind: 'person', label: 'Soho!', value: '5', insert: 'from:soho', count: 12 },
      { kind: 'channel', label: '#old clips', value: '2', insert: 'in:"old clips"', count: 7 },
      { kind: 'game', label: 'Dust', value: 'Dust', insert: 'game:Dust', count: 3 },
    ]);
    const etag = response.headers.get('etag') ?? '';
    const again = await library.get('/api/suggest?q=ace+f', { headers: { 'If-None-Match': etag } });
    assert.equal(again.status, 304);
  });

  test('the catalog is asked for the reader’s own names, once in ten seconds', async () => {
    const library = aLibrary({ settings: PUBLISHED });
    await library.get('/api/suggest?q=from:so');
    await library.get('/api/suggest?q=ace+from:so');
    assert.deepEqual(library.catalog.suggestionQueries, [
      {
        typed: 'so',
        kinds: ['person'],
        audience: { everything: false, channelIds: [] },
        showDeleted: false,
        limit: 8,
      },
    ]);
    library.clock.nowMs += SUGGESTIONS_REMEMBERED_MS;
    await library.get('/api/suggest?q=from:so');
    assert.equal(library.catalog.suggestionQueries.length, 2);
  });

  test('the catalog is asked for few names at a time, and the others wait', async () => {
    const library = aLibrary();
    const catalog = { ...library.catalog };
    let running = 0;
    let most = 0;
    library.catalog.suggest = async (query) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return await catalog.suggest(query);
    };
    const typed = ['a', 'b', 'c', 'd', 'e', 'f'];
    const answers = await Promise.all(typed.map((q) => library.get(`/api/suggest?q=${q}`)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(most, MAX_SUGGESTING);
  });

  test('operators need no catalog, and names of a catalog that is down are a fault', async () => {
    const library = aLibrary();
    library.catalog.fault = catalogDown();
    assert.equal((await library.get('/api/suggest?q=is:')).status, 200);
    assert.equal((await library.get('/api/suggest')).status, 200);
    assert.equal((await library.get('/api/suggest?q=so')).status, 503);
  });
});

describe('the list page', () => {
  test('an operator in the text leads to the address with its parameter', async () => {
    const library = aLibrary();
    const path = '/?q=ace+from%3A%22mia+plays%22+during%3A2024+%22on+dust%22&sort=oldest';
    const response = await library.get(path);
    assert.equal(response.status, 302);
    assert.equal(
      response.headers.get('location'),
      '/?q=ace+%22on+dust%22&from=mia+plays&before=2025&after=2024&sort=oldest',
    );
    assert.equal(library.catalog.queries.length, 0);
    const shown = await library.get(response.headers.get('location') ?? '');
    assert.equal(shown.status, 200);
    const [query] = library.catalog.queries;
    assert.deepEqual([query?.text, query?.exact, query?.from], ['ace', ['on dust'], ['mia plays']]);
  });

  test('a text that was cut is shown at once, with a notice and its operators', async () => {
    const library = aLibrary();
    const response = await library.get(`/?q=from:soho+${'a'.repeat(300)}`);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /first 200 characters/);
    assert.deepEqual(library.catalog.queries[0]?.from, ['soho']);
  });

  test('a random clip is chosen by the operators in the text too', async () => {
    const library = aLibrary();
    await library.get('/random?q=from:nobody+-fail');
    const [query] = library.catalog.queries;
    assert.deepEqual([query?.from, query?.without], [['nobody'], ['fail']]);
  });
});
