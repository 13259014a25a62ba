import type { Facet, Facets } from '../../../catalog/catalog.ts';
import { listAddress, type ListPlace } from '../../search/list-place.ts';
import { searchParameters, type Search } from '../../search/parse-search.ts';
import { LENGTHS, LIST_WORDS } from '../../words/list.ts';
import { lineOf } from '../format.ts';

interface MenuProps {
  search: Search;
  place: ListPlace;
  facets: Facets;
}

/** More values would make the page slow with 48 clips. Readers type the others, such as `from:soho`. */
const MAX_VALUES = 16;
const KINDS = ['vertical', 'silent', 'spoiler'] as const;
/** The filters of the form. The form replaces their values. */
const FORM_FILTERS = ['longer', 'shorter', 'after', 'before', 'is'];

/** The panel with everything to filter by. Links add a poster, a channel or a game, and the form does the rest. */
export function FilterMenu({ search, place, facets }: MenuProps) {
  const { posters, channels, games } = facets;
  const channelLabel = (label: string) => `#${label}`;
  return (
    <div id="facets" class="facets">
      <Values name="from" title={LIST_WORDS.people} values={posters} {...{ search, place }} />
      <Values
        name="in"
        title={LIST_WORDS.channels}
        values={channels}
        labelOf={channelLabel}
        {...{ search, place }}
      />
      {games.length === 0 ? null : (
        <Values name="game" title={LIST_WORDS.games} values={games} {...{ search, place }} />
      )}
      <MoreFilters search={search} place={place} />
    </div>
  );
}

interface ValuesProps {
  name: string;
  title: string;
  values: readonly Facet[];
  labelOf?: (label: string) => string;
  search: Search;
  place: ListPlace;
}

function Values({ name, title, values, labelOf = String, search, place }: ValuesProps) {
  return (
    <section aria-labelledby={`facet-${name}`}>
      <h2 id={`facet-${name}`}>{title}</h2>
      {values.length === 0 ? <p class="muted">{LIST_WORDS.noFacets}</p> : null}
      <ul class="choices">
        {values.slice(0, MAX_VALUES).map(({ value, label, count }) => {
          const isChosen = search.filters.some(
            (each) => each.name === name && each.value === value,
          );
          const filters = isChosen ? search.filters : [...search.filters, { name, value }];
          return (
            <li>
              <a
                dir="auto"
                href={listAddress({ ...search, filters }, place)}
                {...(isChosen && { 'aria-current': 'true' })}
              >
                {labelOf(lineOf(label))}
                <span class="number">{count}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function MoreFilters({ search, place }: Pick<MenuProps, 'search' | 'place'>) {
  const valueOf = (name: string) => search.filters.find((each) => each.name === name)?.value ?? '';
  const has = (kind: string) =>
    search.filters.some(({ name, value }) => name === 'is' && value === kind);
  const filters = search.filters.filter(({ name }) => !FORM_FILTERS.includes(name));
  return (
    <form action={place.path} method="get" aria-label={LIST_WORDS.more}>
      {[...searchParameters({ ...search, filters })]
        .filter(([name, value]) => name !== place.fixed?.name || value !== place.fixed.value)
        .map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
      <LengthSelect name="longer" label={LIST_WORDS.longer} value={valueOf('longer')} />
      <LengthSelect name="shorter" label={LIST_WORDS.shorter} value={valueOf('shorter')} />
      <label>
        {LIST_WORDS.after}
        <input type="date" name="after" value={dateOf(valueOf('after'))} />
      </label>
      <label>
        {LIST_WORDS.before}
        <input type="date" name="before" value={dateOf(valueOf('before'))} />
      </label>
      <fieldset class="switches">
        <legend class="hidden">{LIST_WORDS.kinds}</legend>
        {KINDS.map((kind) => (
          <label>
            <input type="checkbox" name="is" value={kind} {...(has(kind) && { checked: true })} />
            {LIST_WORDS[kind]}
          </label>
        ))}
      </fieldset>
      <button>{LIST_WORDS.apply}</button>
    </form>
  );
}

/** A date field accepts only whole dates, and a filter also months and years. */
function dateOf(value: string): string {
  const [, year, month = '1', day = '1'] = /^(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?$/.exec(value) ?? [];
  return year === undefined ? '' : `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

function LengthSelect({ name, label, value }: { name: string; label: string; value: string }) {
  const isListed = value === '' || LENGTHS.some((length) => length.value === value);
  const lengths = isListed ? LENGTHS : [{ value, label: value }, ...LENGTHS];
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{LIST_WORDS.anyLength}</option>
        {lengths.map((length) => (
          <option value={length.value} {...(length.value === value && { selected: true })}>
            {length.label}
          </option>
        ))}
      </select>
    </label>
  );
}
