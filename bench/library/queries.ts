/** A kind of search, and 25 searches of this kind as a reader types them. */
export interface QueryKind {
  kind: 'prefix' | 'typo' | 'two words' | 'filters';
  /** The texts of the search field, or for `filters` all parameters of the page's address. */
  queries: readonly string[];
}

const lines = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim());

/**
 * The 100 given searches. They fit the archive that `archive/` invents. Readers search as they type, so the prefixes are
 * as short as one letter. No typo begins a word of the archive.
 */
export const QUERY_KINDS: readonly QueryKind[] = [
  {
    kind: 'prefix',
    queries: lines(`
      a
      c
      cl
      clu
      ov
      over
      ac
      drag
      sni
      kni
      kettl
      laun
      zub
      vex
      кла
      мат
      ドラ
      クラ
      클
      νικ
      bart
      soh
      mia.
      Überr
      rep
    `),
  },
  {
    kind: 'typo',
    queries: lines(`
      clucth
      overtiem
      dargon
      sniepr
      hedshot
      legendery
      tournamnet
      unbeleivable
      keybord
      controler
      hakcer
      granade
      potoin
      zombei
      knigth
      kettlemrash
      recrod
      stutterr
      retacke
      callotu
      rotaton
      partholomew
      minecarft
      valornat
      уадча
    `),
  },
  {
    kind: 'two words',
    queries: lines(`
      ace clutch
      last round
      got him
      dragon steal
      boss raid
      no way
      team kill
      lucky headshot
      world record
      soho ace
      mia overtime
      soh clu
      rocket save
      rank final
      insane flick
      the and
      smoke plant
      secret chest
      последний раунд
      神プレイ 世界記録
      마지막 라운드
      letzte runde
      zywor moxan
      kettlemarsh ace
      morning coffee
    `),
  },
  {
    kind: 'filters',
    queries: lines(`
      from=soho
      from=mia.plays&sort=longest
      in=clips
      in=overtime-clips&q=ace
      game=Valorant
      game=Valorant&from=soho
      longer=120
      shorter=10&q=clutch
      is=vertical
      is=silent&in=clips
      is=spoiler
      after=2024-01-01&before=2025-01-01
      after=2024-03-01&before=2024-03-08&q=ace
      with=soho
      with=mia.plays&game=Minecraft
      sort=oldest
      sort=oldest&q=dragon
      sort=longest&q=overtime
      sort=longest&q=kettlemarsh
      from=soho&in=clips&longer=30&q=ace
      from=grandma_gamer
      from=nobody_at_all
      in=vr&sort=oldest
      q=clutch&before=2023-01-01
      q=luck&from=lukcy&sort=longest
    `),
  },
];

/** Returns the path of the page that shows the search. */
export function pathOf(kind: QueryKind['kind'], query: string): string {
  return kind === 'filters' ? `/?${query}` : `/?${new URLSearchParams({ q: query }).toString()}`;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** All clips of the archive are older. */
const FUTURE_MS = Date.UTC(2030, 0, 1);
/** Longer than any clip of the archive, in seconds. */
const LONG_SECONDS = 10_000;

/**
 * Returns the path of a search that finds the same clips and that nobody has asked before. The library remembers no page
 * for this path. `number` makes the path unique.
 */
export function newPathOf(path: string, number: number): string {
  const url = new URL(path, 'http://library');
  if (url.searchParams.has('before')) {
    url.searchParams.set('shorter', String(LONG_SECONDS + number));
  } else {
    const date = new Date(FUTURE_MS + number * DAY_MS).toISOString().slice(0, 10);
    url.searchParams.set('before', date);
  }
  return url.pathname + url.search;
}
