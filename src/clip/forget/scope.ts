/** The clips to forget: one clip, the clips of a channel, or the clips that a person posted. Exactly one is set. */
export interface ForgetScope {
  clipId?: string;
  channelId?: string;
  userId?: string;
}
