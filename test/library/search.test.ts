import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listPath, parseSearch } from '../../src/library/search/parse-search.ts';
import { parseDateMs, parseSeconds } from '../../src/library/search/values.ts';

const parse = (query: string) => parseSearch(new URLSearchParams(query), 'Europe/Berlin');

describe('the parameters of a search', () => {
  test('each parameter becomes a condition', () => {
    const { query, cursor } = parse(
      'q=ace&from=soho&from=mia&in=clips&with=ed&game=Dust&longer=30&shorter=1m' +
        '&before=2025&after=2024-05-03&is=vertical&is=silent&is=spoiler&sort=longest&cursor=abc',
    );
    assert.deepEqual(query, {
      text: 'ace',
      from: ['soho', 'mia'],
      in: ['clips'],
      with: ['ed'],
      game: ['Dust'],
      longerSeconds: 30,
      shorterSeconds: 60,
      beforeMs: Date.parse('2025-01-01T00:00:00+01:00'),
      afterMs: Date.parse('2024-05-03T00:00:00+02:00'),
      isVertical: true,
      isSilent: true,
      isSpoiler: true,
      sort: 'longest',
    });
    assert.equal(cursor, 'abc');
  });

  test('a search survives being written into a link and read again', () => {
    const search = parse('q=a+%26+b&from=x%22y&before=2024-01&sort=random&seed=0.25');
    const path = listPath(search, 'c+d/=');
    const again = parse(path.slice('/?'.length));
    assert.deepEqual(again.query, search.query);
    assert.equal(again.cursor, 'c+d/=');
    assert.equal(listPath(parse('')), '/');
  });

  test('a value that is not understood is ignored, and the page is told', () => {
    for (const query of [
      'before=soon',
      'after=2024-02-31',
      'longer=x',
      'shorter=-1',
      'is=round',
      'is=toString',
      'sort=worst',
      'seed=7',
      'seed=x',
    ]) {
      const search = parse(query);
      assert.equal(search.hasIgnored, true, query);
      assert.deepEqual(search.query, { sort: 'newest' });
      assert.deepEqual(search.filters, []);
    }
    assert.equal(parse('sort=worst').sort, 'newest');
    assert.equal(parse('sort=random&seed=7').query.seed, 0);
    assert.equal(parse('cursor=%00').cursor, null);
    assert.equal(parse(`cursor=${'a'.repeat(501)}`).cursor, null);
  });

  test('a long text is cut after 200 characters, and the page is told', () => {
    const search = parse(`q=${'\u{1f3ae}'.repeat(10_000)}`);
    assert.equal(search.isCut, true);
    assert.equal(Array.from(search.text).length, 200);
    assert.equal(parse(`q=${'a'.repeat(200)}`).isCut, false);
  });

  test('values are bounded in number and length, and the page is told', () => {
    const many = Array.from({ length: 50 }, (_, at) => `from=${at}${'n'.repeat(1000)}`).join('&');
    const { from = [] } = parse(many).query;
    assert.equal(from.length, 10);
    assert.ok(from.every((value) => value.length === 100));
    for (const name of ['from', 'in', 'with', 'game']) {
      const namesOf = (count: number) =>
        Array.from({ length: count }, (_, at) => `${name}=${at}`).join('&');
      const long = (length: number) => `${name}=${'n'.repeat(length)}`;
      for (const enough of [namesOf(10), `${namesOf(10)}&${name}=0&${name}=`, long(100)]) {
        assert.equal(parse(enough).hasIgnored, false, enough);
      }
      for (const tooMuch of [namesOf(11), long(101), `q=${name}:${'n'.repeat(101)}`]) {
        const search = parse(tooMuch);
        assert.equal(search.hasIgnored, true, tooMuch);
        assert.ok((search.query[name as 'from'] ?? []).length <= 10, tooMuch);
      }
    }
  });

  test('NUL and other control characters never reach the catalog', () => {
    const { query } = parse('q=a%00b%1b&from=%00&in=x%00y');
    assert.deepEqual(query, { text: 'a b', in: ['x y'], sort: 'newest' });
  });

  test('dates begin at midnight in the time zone, also on days on which the clocks change', () => {
    const dates = {
      '2024-03-31': '2024-03-31T00:00:00+01:00',
      '2024-04-01': '2024-04-01T00:00:00+02:00',
      '2024-10-27': '2024-10-27T00:00:00+02:00',
      '2024-10-28': '2024-10-28T00:00:00+01:00',
    };
    for (const [text, time] of Object.entries(dates)) {
      assert.equal(parseDateMs(text, 'Europe/Berlin'), Date.parse(time), text);
    }
    assert.equal(parseDateMs('2024-05', 'America/New_York'), Date.parse('2024-05-01T04:00:00Z'));
    assert.equal(parseDateMs('2024', 'Asia/Kolkata'), Date.parse('2023-12-31T18:30:00Z'));
    for (const text of ['2024-13', '2024-00-01', '24', '2024-1-1-1', '']) {
      assert.equal(parseDateMs(text, 'UTC'), null, text);
    }
  });

  test('lengths are in seconds unless they have a unit', () => {
    assert.equal(parseSeconds('30'), 30);
    assert.equal(parseSeconds('45s'), 45);
    assert.equal(parseSeconds('2M'), 120);
    assert.equal(parseSeconds('1h'), 3600);
    for (const text of ['', 'm', '1d', '1.5', '9999999h']) assert.equal(parseSeconds(text), null);
  });
});
