/** The maximum number of backfilled channels that have a label of their own in the metrics of histories. */
const MAX_LABELLED_CHANNELS = 200;

/** The label that all other backfilled channels share. */
export const OTHER_CHANNELS = 'other';

/**
 * Creates the function that returns the label of a channel. The SDK keeps each combination of labels until the process
 * ends, so only the first MAX_LABELLED_CHANNELS channels have a label of their own. `onNew` gets each new label.
 */
export function createChannelNames(
  onNew: (channelId: string) => void,
): (channelId: string) => string {
  const labelled = new Set<string>();
  return (channelId) => {
    if (!labelled.has(channelId)) {
      if (labelled.size >= MAX_LABELLED_CHANNELS) return OTHER_CHANNELS;
      labelled.add(channelId);
      onNew(channelId);
    }
    return channelId;
  };
}
