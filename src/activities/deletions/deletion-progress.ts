import { compareSnowflakes } from '../../clip/snowflake.ts';
import type { IndexedChannel } from './channel-index.ts';

/** How far the clips of a deleted place have been told. Every attempt continues the progress of the last one. */
export interface DeletionProgress {
  /** How many running clips were told. */
  told: number;
  /** All channels up to this id are done or in `failed`; null at the start. */
  through: string | null;
  /** The channels that must be tried again after all others, the last one that failed at the end. */
  failed: string[];
  /** The channel whose clips are being told, and the last clip that was told in the order of the ids. */
  at: { channelId: string; clipId: string } | null;
}

/** `earlier` is the progress of the last attempt; undefined for the first attempt. */
export function beginProgress(earlier: unknown): DeletionProgress {
  const known = earlier as DeletionProgress | null | undefined;
  return known ? { ...known } : { told: 0, through: null, failed: [], at: null };
}

/**
 * Returns the channels that are not done, in the order in which they must be tried. `channels` are in the order of their
 * ids.
 */
export function orderChannels(
  channels: readonly IndexedChannel[],
  { through, failed, at }: DeletionProgress,
): IndexedChannel[] {
  const byId = new Map(channels.map((channel) => [channel.id, channel]));
  const later = channels.filter(({ id }) => through === null || compareSnowflakes(id, through) > 0);
  // The channel that was being told comes first, because its position is lost as soon as another channel is told.
  const ids = [at?.channelId ?? '', ...later.map(({ id }) => id), ...failed];
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
}

/** Stores that a channel is done. */
export function noteDone(progress: DeletionProgress, channelId: string): void {
  pass(progress, channelId);
  progress.at = null;
}

/** Stores that a channel must be tried again. */
export function noteFailed(progress: DeletionProgress, channelId: string): void {
  pass(progress, channelId);
  progress.failed.push(channelId);
}

function pass(progress: DeletionProgress, channelId: string): void {
  const { through } = progress;
  if (through === null || compareSnowflakes(channelId, through) > 0) progress.through = channelId;
  progress.failed = progress.failed.filter((id) => id !== channelId);
}
