import type { CatalogClip, ClipSummary, Facet } from '../../../catalog/catalog.ts';
import { posterPath } from '../../paths.ts';
import { clipsText, LIST_WORDS, totalLengthText } from '../../words/list.ts';
import { Avatar } from '../avatar.tsx';
import { clipAddress } from '../card.tsx';
import { dateText, durationText, isoTime, lineOf } from '../format.ts';

export interface Profile {
  kind: 'poster' | 'channel' | 'game';
  name: string;
  summary: ClipSummary;
}

const AVATAR_PIXELS = 72;

interface ProfileProps {
  profile: Profile;
  timeZone: string;
  /** The parameters that links to clips carry, without a `?`. */
  order: string;
}

/** What a page about a poster, a channel or a game says above the clips. */
export function ProfileHeader({ profile, timeZone, order }: ProfileProps) {
  const { kind, name, summary } = profile;
  const { count, seconds, first, latest, longest, people, posters } = summary;
  const { guildName } = latest.channel;
  const context = { timeZone, order };
  return (
    <section class="profile" aria-labelledby="profile-name">
      {kind === 'poster' && <Avatar clip={latest} pixels={AVATAR_PIXELS} isLazy={false} />}
      <div class={kind === 'poster' ? '' : 'no-picture'}>
        <h1 id="profile-name" dir="auto">
          {name}
        </h1>
        <p>
          {LIST_WORDS[kind]}
          {kind === 'channel' && guildName !== null && <> · {lineOf(guildName)}</>}
          {` · ${clipsText(count)}`}
          {seconds > 0 && ` · ${totalLengthText(seconds)}`}
        </p>
        <ul class="facts">
          <Fact label={LIST_WORDS.first} clip={first} {...context} />
          {count > 1 && <Fact label={LIST_WORDS.latest} clip={latest} {...context} />}
          {longest !== null && count > 1 && (
            <Fact label={LIST_WORDS.longest} clip={longest} {...context} isLength />
          )}
          {kind === 'poster' ? (
            <People label={LIST_WORDS.oftenWith} people={people} />
          ) : (
            <People label={LIST_WORDS.mostBy} people={posters} />
          )}
        </ul>
      </div>
    </section>
  );
}

interface FactProps {
  label: string;
  clip: CatalogClip;
  timeZone: string;
  order: string;
  isLength?: boolean;
}

function Fact({ label, clip, timeZone, order, isLength = false }: FactProps) {
  const { id, title, durationSeconds, postedAtMs } = clip;
  return (
    <li>
      {label}:{' '}
      <a href={clipAddress(id, order)} dir="auto">
        {lineOf(title)}
      </a>{' '}
      {isLength ? (
        durationText(durationSeconds ?? 0)
      ) : (
        <time datetime={isoTime(postedAtMs)}>{dateText(postedAtMs, timeZone)}</time>
      )}
    </li>
  );
}

function People({ label, people }: { label: string; people: readonly Facet[] }) {
  return people.length === 0 ? null : (
    <li>
      {label}:{' '}
      {people.map(({ value, label: name }, at) => (
        <>
          {at > 0 && ', '}
          <a href={posterPath(value)} dir="auto">
            {lineOf(name)}
          </a>
        </>
      ))}
    </li>
  );
}
