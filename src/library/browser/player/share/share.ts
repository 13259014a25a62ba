import { copyText } from './copy.ts';
import type { Player } from '../player.ts';
import { clockText, linkAt } from '../rules/times.ts';
import { copiedAtText, PLAYER_WORDS } from '../words.ts';

export function copyLink({ clip }: Player): void {
  void copyText(clip.link, PLAYER_WORDS.copied, PLAYER_WORDS.linkLabel);
}

/** Copies the link to the second that the video shows. */
export function copyLinkAt({ clip, video }: Player): void {
  const seconds = video.currentTime;
  const done = copiedAtText(clockText(seconds));
  void copyText(linkAt(clip.link, seconds), done, PLAYER_WORDS.linkLabel);
}

/** Copies the HTML that shows the clip in another page. The server wrote it into the button. */
export function copyEmbedCode(button: HTMLElement): void {
  const code = button.dataset.code ?? '';
  void copyText(code, PLAYER_WORDS.embedCopied, PLAYER_WORDS.embedLabel);
}

/** True if the system has a menu to share links. */
export function canShare(): boolean {
  return 'share' in navigator;
}

/** Opens the system's menu to share the link. */
export function share({ clip }: Player): void {
  // The promise also fails if the reader closes the menu.
  navigator.share({ title: clip.title, url: clip.link }).catch(() => undefined);
}
