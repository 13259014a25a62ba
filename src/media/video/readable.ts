import { mediaUnreadable } from '../../errors.ts';

/** The Dolby Vision settings of a video, from its box `dvcC` or `dvvC`. */
export interface DolbyVision {
  profile: number;
  /** How players without Dolby Vision may show the video (`bl_signal_compatibility_id`); 0 if they can't. */
  compatibilityId: number;
}

/** The properties of a video that decide whether its frames can be decoded. */
export interface VideoTraits {
  /** True if all frames are encrypted. */
  isEncrypted: boolean;
  dolbyVision: DolbyVision | null;
  /** The name of the codec in the file, if the codec is not supported; otherwise null. */
  unknownCodec: string | null;
}

/** Dolby Vision without a compatible base layer: the colours are IPT, and only Dolby's own decoders convert them. */
const INCOMPATIBLE_PROFILE = 5;
/** These profiles have IPT colours only if their compatibility id is 0. */
const SOMETIMES_INCOMPATIBLE_PROFILES = [10, 20];
const MAX_NAME_LENGTH = 20;

/**
 * Checks that the frames of a video can become a picture with the right colours. Call this function after the clip's
 * facts were reported, because the facts are valid even if the function throws.
 *
 * ffmpeg 5.1 decodes a video in Dolby Vision profile 5 to a green and purple picture. The profiles and their
 * compatibility ids are in "Dolby Vision Streams Within the ISO Base Media File Format", 2.2 and 3.2.
 * @throws MediaUnreadable
 */
export function requireReadable({ isEncrypted, dolbyVision, unknownCodec }: VideoTraits): void {
  if (isEncrypted) throw mediaUnreadable('the video is encrypted');
  if (unknownCodec !== null)
    throw mediaUnreadable(
      unknownCodec === ''
        ? "the video's codec is unknown"
        : `the file uses the codec ${unknownCodec}, which Everclip does not decode`,
    );
  if (dolbyVision !== null && !hasCompatibleColours(dolbyVision))
    throw mediaUnreadable(
      `the video uses Dolby Vision profile ${dolbyVision.profile}, whose colours cannot be converted`,
    );
}

function hasCompatibleColours({ profile, compatibilityId }: DolbyVision): boolean {
  if (profile === INCOMPATIBLE_PROFILE) return false;
  return compatibilityId !== 0 || !SOMETIMES_INCOMPATIBLE_PROFILES.includes(profile);
}

/** Returns the printable letters of a codec's name from a file. The file may contain any bytes as the name. */
export function printableName(name: string): string {
  return name
    .replace(/[^\w .-]/g, '')
    .trim()
    .slice(0, MAX_NAME_LENGTH);
}
