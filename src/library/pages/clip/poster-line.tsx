import { channelPath, posterPath } from '../../paths.ts';
import { Avatar } from '../avatar.tsx';
import { WORDS } from '../../words.ts';
import { channelName, dateTimeText, isoTime, posterName } from '../format.ts';
import type { ClipView } from './clip-view.ts';

const AVATAR_PIXELS = 36;

/** Who posted the clip, where and when. */
export function PosterLine({ clip, settings: { timeZone } }: ClipView) {
  const { poster, channel, postedAtMs, status } = clip;
  return (
    <div class="by">
      <Avatar clip={clip} pixels={AVATAR_PIXELS} isLazy={false} />
      <p>
        <a class="who" href={posterPath(poster.id)} dir="auto">
          {posterName(poster)}
        </a>
        {' · '}
        <a href={channelPath(channel.id)} dir="auto">
          {channelName(channel)}
        </a>
        {' · '}
        <time datetime={isoTime(postedAtMs)}>{dateTimeText(postedAtMs, timeZone)}</time>
        {status === 'deleted' && ` · ${WORDS.deleted}`}
      </p>
    </div>
  );
}
