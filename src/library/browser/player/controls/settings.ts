import { savePreference } from '../../page/save-preference.ts';
import { tell } from '../../page/say.ts';
import type { Player } from '../player.ts';
import type { Remembered } from '../rules/remembered.ts';
import { loadRemembered, saveRemembered } from './storage.ts';
import { isLooped, toggleLoop, togglePlayNext, type Repeat } from '../rules/repeat.ts';
import { changeSpeed, speedText } from '../rules/speeds.ts';
import { isSpeedMenuOpen, showSpeedMenu } from './speed-menu.ts';
import { PLAYER_WORDS, speedChangedText } from '../words.ts';

/** Volume, speed, loop, play next and theatre. Everything but theatre is remembered in the browser only. */
export class PlayerSettings {
  readonly #player: Player;
  #remembered: Remembered = loadRemembered();

  constructor(player: Player) {
    this.#player = player;
    const { video } = player;
    const { volume, isMuted, speed } = this.#remembered;
    video.volume = volume;
    video.muted = isMuted;
    this.#useSpeed(speed);
    video.addEventListener('volumechange', () => {
      this.#save({ volume: video.volume, isMuted: video.muted });
    });
    // The browser's own menu changes the speed too.
    video.addEventListener('ratechange', () => {
      if (video.playbackRate !== this.#remembered.speed) this.#useSpeed(video.playbackRate);
      this.render();
    });
  }

  get playsNext(): boolean {
    return this.#remembered.playNext;
  }

  /** Shows the settings in the buttons, which each clip's page brings anew. */
  render(): void {
    const { video, clip } = this.#player;
    video.loop = isLooped(this.#remembered, clip.seconds);
    const speed = document.getElementById('speed');
    if (speed !== null) {
      speed.textContent = speedText(video.playbackRate);
      speed.setAttribute('aria-expanded', String(isSpeedMenuOpen()));
      speed.setAttribute('aria-label', `${PLAYER_WORDS.speeds} ${speedText(video.playbackRate)}`);
    }
    setPressed('loop', video.loop);
    setPressed('play-next', this.#remembered.playNext);
    setPressed('theatre', isTheatre());
  }

  setSpeed(speed: number): void {
    this.#useSpeed(speed);
    tell(speedChangedText(speedText(speed)));
  }

  changeSpeed(step: 1 | -1): void {
    this.setSpeed(changeSpeed(this.#player.video.playbackRate, step));
  }

  toggleSpeedMenu(): void {
    showSpeedMenu(this.#player.video.playbackRate, (speed) => this.setSpeed(speed));
  }

  toggleLoop(): void {
    this.#setRepeat(toggleLoop(this.#remembered, this.#player.clip.seconds));
    tell(this.#player.video.loop ? PLAYER_WORDS.loopOn : PLAYER_WORDS.loopOff);
  }

  togglePlayNext(): void {
    this.#setRepeat(togglePlayNext(this.#remembered));
    tell(this.playsNext ? PLAYER_WORDS.playNextOn : PLAYER_WORDS.playNextOff);
  }

  toggleTheatre(): void {
    const value = isTheatre() ? 'off' : 'on';
    document.documentElement.dataset.theatre = value;
    this.render();
    void savePreference('theatre', value);
  }

  #useSpeed(speed: number): void {
    const { video } = this.#player;
    this.#save({ speed });
    // A new source falls back to the default speed.
    video.defaultPlaybackRate = speed;
    video.playbackRate = speed;
  }

  #setRepeat({ loop, playNext }: Repeat): void {
    this.#save({ loop, playNext });
    this.render();
  }

  #save(changes: Partial<Remembered>): void {
    this.#remembered = { ...this.#remembered, ...changes };
    // Another tab may have saved other settings in the meantime.
    saveRemembered({ ...loadRemembered(), ...changes });
  }
}

/** True if the player takes the width of the page. */
export function isTheatre(): boolean {
  return document.documentElement.dataset.theatre === 'on';
}

function setPressed(id: string, isPressed: boolean): void {
  document.getElementById(id)?.setAttribute('aria-pressed', String(isPressed));
}
