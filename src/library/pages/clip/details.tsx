import type { Child } from 'hono/jsx';
import type { CatalogClip } from '../../../catalog/catalog.ts';
import { gamePath } from '../../paths.ts';
import { WORDS } from '../../words.ts';
import { FACT_NAMES, framesPerSecondText } from '../../words/clip.ts';
import { dateTimeText, durationText, lineOf, sizeText } from '../format.ts';
import { codecName } from './codec-name.ts';
import type { ClipView } from './clip-view.ts';

/** The clip's facts, closed until the reader opens them. */
export function Details({ clip, settings: { timeZone } }: ClipView) {
  return (
    <details id="details" class="facts">
      <summary>{WORDS.details}</summary>
      <dl>
        {factsOf(clip, timeZone).map(([name, value]) =>
          value === null || value === '' ? null : (
            <>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </>
          ),
        )}
      </dl>
    </details>
  );
}

function factsOf(clip: CatalogClip, timeZone: string): (readonly [string, Child])[] {
  const { width, height, durationSeconds, sizeBytes, frameRate, recordedAtMs, game } = clip;
  return [
    [FACT_NAMES.length, durationSeconds === null ? null : durationText(durationSeconds)],
    [FACT_NAMES.size, sizeBytes === null ? null : sizeText(sizeBytes)],
    [FACT_NAMES.resolution, width === null || height === null ? null : `${width} × ${height}`],
    [FACT_NAMES.codec, codecName(clip.codec)],
    [FACT_NAMES.frameRate, frameRate === null ? null : framesPerSecondText(frameRate)],
    [FACT_NAMES.sound, clip.hasAudio === false ? WORDS.noSound : null],
    [FACT_NAMES.recorded, recordedAtMs === null ? null : dateTimeText(recordedAtMs, timeZone)],
    [FACT_NAMES.posted, dateTimeText(clip.postedAtMs, timeZone)],
    [FACT_NAMES.file, lineOf(`${clip.filename}.${clip.extension}`)],
    [FACT_NAMES.players, playersText(clip)],
    [FACT_NAMES.game, game === null ? null : <a href={gamePath(lineOf(game))}>{lineOf(game)}</a>],
    [FACT_NAMES.server, clip.channel.guildName === null ? null : lineOf(clip.channel.guildName)],
  ];
}

function playersText({ players }: CatalogClip): string | null {
  if (players.length === 0) return null;
  return players.map((player) => lineOf(player.Display_Name, player.Name, player.Id)).join(', ');
}
