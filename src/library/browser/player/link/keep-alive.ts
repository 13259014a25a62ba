import { hasSource, seekTo, tryPlay, type Player } from '../player.ts';
import { isLeaseOver, retryPath, Tries } from '../rules/tries.ts';

/** How long a video may wait for data before its link counts as dead: Safari reports no error on a seek. */
const MAX_STALL_MS = 8000;
/** The start of a new link may differ by this much from the wanted time, in seconds. */
const CLOSE_SECONDS = 0.1;

/** What the reader is told about. */
export interface Faults {
  unplayable: () => void;
  unreachable: () => void;
  /** There is no such clip any more. */
  gone: () => void;
  /** The video plays or can be played. */
  recovered: () => void;
}

/**
 * Keeps the video playing after its link has expired. The library gives a new link, and the video goes on at the same
 * time. `Faults` hears of a clip that the browser can't play, that is gone, or for which there is no link.
 */
export class KeepAlive {
  readonly #player: Player;
  readonly #faults: Faults;
  readonly #tries = new Tries();
  /** The number of links that the page asked for. It never repeats, so no answer of another try is reused. */
  #number = 0;
  /** Where a new link has to go on, in seconds; null while no new link is needed. */
  #resumeAt: number | null = null;
  /** True from "play" until the reader pauses the clip or the clip ends. */
  #isWanted = false;
  /** True after the browser understood this clip. */
  #wasRead = false;
  #stallTimer = 0;
  #retryTimer = 0;

  constructor(player: Player, faults: Faults) {
    this.#player = player;
    this.#faults = faults;
    const { video } = player;
    video.addEventListener('error', () => void this.#onError());
    video.addEventListener('play', () => this.#onPlay());
    video.addEventListener('loadedmetadata', () => this.#onRead());
    video.addEventListener('playing', () => this.#onPlaying());
    for (const name of ['waiting', 'seeking']) {
      video.addEventListener(name, () => this.#watchStall());
    }
    // A slow connection still brings data.
    video.addEventListener('progress', () => {
      if (this.#stallTimer !== 0) this.#watchStall();
    });
    for (const name of ['playing', 'canplay', 'emptied', 'ended']) {
      video.addEventListener(name, () => this.#stopWatching());
    }
    video.addEventListener('seeked', () => {
      const isWaiting = !video.paused && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
      if (!isWaiting) this.#stopWatching();
    });
    // Chromium pauses a video that fails. Any other pause is the reader's.
    video.addEventListener('pause', () => {
      if (video.paused && video.error === null) this.#isWanted = false;
    });
    // The reader may jump while the page waits for a link.
    video.addEventListener('seeking', () => {
      if (this.#resumeAt !== null) this.#resumeAt = video.currentTime;
    });
    addEventListener('online', () => {
      if (this.#resumeAt !== null) this.#revive();
    });
    // The error may be older than this script.
    if (video.error !== null) void this.#onError();
    else if (video.readyState >= HTMLMediaElement.HAVE_METADATA) this.#onRead();
  }

  /** Loads another clip into the same element; null for a covered clip, which gets no link. */
  load(path: string | null): void {
    const { video } = this.#player;
    this.#forget();
    this.#wasRead = false;
    this.#isWanted = false;
    if (path !== null) video.src = path;
    else if (hasSource(video)) {
      video.removeAttribute('src');
      // Without this, the browser keeps the last clip.
      video.load();
    }
  }

  /** Asks for another link because the reader wants it. */
  tryAgain(): void {
    const { video } = this.#player;
    const seconds = this.#resumeAt ?? video.currentTime;
    this.#forget();
    this.#resumeAt = seconds;
    this.#isWanted = true;
    this.#reload();
  }

  #forget(): void {
    this.#tries.reset();
    this.#resumeAt = null;
    this.#stopWatching();
    clearTimeout(this.#retryTimer);
  }

  async #onError(): Promise<void> {
    const { video, clip } = this.#player;
    const code = video.error?.code ?? MediaError.MEDIA_ERR_ABORTED;
    if (code === MediaError.MEDIA_ERR_ABORTED) return;
    this.#stopWatching();
    // The browser says the same about a codec that it doesn't know and about a link that is dead from the start.
    const isUnread = code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED && !this.#wasRead;
    const isBroken = isUnread || code === MediaError.MEDIA_ERR_DECODE;
    if (isBroken && this.#tries.count(Date.now()) > 0) {
      const { error } = video;
      const answer = await askForLink(clip.path);
      if (video.error !== error) return;
      if (answer === 'works') {
        this.#faults.unplayable();
        return;
      }
    }
    this.#revive();
  }

  #onPlay(): void {
    const { clip } = this.#player;
    this.#isWanted = true;
    if (this.#resumeAt === null && isLeaseOver(clip.leaseEndsMs, Date.now())) this.#revive();
  }

  #onRead(): void {
    const { video } = this.#player;
    this.#wasRead = true;
    const seconds = this.#resumeAt;
    this.#resumeAt = null;
    if (seconds !== null) {
      if (Math.abs(video.currentTime - seconds) > CLOSE_SECONDS) seekTo(video, seconds);
      if (this.#isWanted) tryPlay(video);
    }
    this.#faults.recovered();
  }

  #onPlaying(): void {
    const { video } = this.#player;
    // Some browsers play the sound of a video whose codec they don't know.
    if (video.videoWidth > 0 || video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    video.pause();
    this.#faults.unplayable();
  }

  #watchStall(): void {
    this.#stopWatching();
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = 0;
      this.#revive();
    }, MAX_STALL_MS);
  }

  #stopWatching(): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = 0;
  }

  /** Asks the library for a new link, unless the tries of this minute are used up. */
  #revive(): void {
    const { video } = this.#player;
    if (!hasSource(video)) return;
    this.#resumeAt ??= video.currentTime;
    clearTimeout(this.#retryTimer);
    // Without a connection, no link works. The event `online` then tries again.
    if (!navigator.onLine) return;
    const waitMs = this.#tries.take(Date.now());
    if (waitMs === null) {
      void this.#giveUp();
      return;
    }
    this.#retryTimer = setTimeout(() => this.#reload(), waitMs);
  }

  async #giveUp(): Promise<void> {
    const { clip } = this.#player;
    const answer = await askForLink(clip.path);
    // The reader may be at another clip by now.
    if (this.#player.clip !== clip) return;
    if (answer === 'gone') this.#faults.gone();
    else this.#faults.unreachable();
  }

  #reload(): void {
    const { video, clip } = this.#player;
    this.#number += 1;
    // The page knows only when its first link ends. Errors tell of the others.
    clip.leaseEndsMs = null;
    video.src = retryPath(clip.path, this.#number);
    // Before the browser knows the length, this is where the clip will start.
    if (this.#resumeAt !== null) video.currentTime = this.#resumeAt;
    if (this.#isWanted) tryPlay(video);
  }
}

/** What the library answers for a clip that was deleted, or that this reader may no longer see. */
const GONE: readonly number[] = [404, 410];

/** Asks the library for a link. The redirect is not followed, because its target is another origin. */
async function askForLink(path: string): Promise<'works' | 'gone' | 'none'> {
  try {
    const response = await fetch(path, { method: 'HEAD', redirect: 'manual' });
    if (response.type === 'opaqueredirect' || response.ok) return 'works';
    return GONE.includes(response.status) ? 'gone' : 'none';
  } catch {
    return 'none';
  }
}
