import type { CatalogClip } from '../../catalog/catalog.ts';
import { avatarPath } from '../paths.ts';
import { posterName } from './format.ts';

/** The picture of a clip's poster, or the first letter of the name. Decorative, because the name is beside it. */
export function Avatar({ clip, pixels, isLazy }: AvatarProps) {
  const path = avatarPath(clip);
  if (path === null) {
    return (
      <span class="avatar" aria-hidden="true">
        {initialOf(posterName(clip.poster))}
      </span>
    );
  }
  return (
    <img
      class="avatar"
      src={path}
      alt=""
      width={pixels}
      height={pixels}
      {...(isLazy && { loading: 'lazy' })}
    />
  );
}

interface AvatarProps {
  clip: CatalogClip;
  pixels: number;
  isLazy: boolean;
}

/** Returns the first letter or digit of a name, else the first character. */
function initialOf(name: string): string {
  const letter = /[\p{L}\p{N}]\p{M}*/u.exec(name)?.[0] ?? Array.from(name)[0] ?? '';
  return letter.toUpperCase();
}
