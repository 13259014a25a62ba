import { assetPath } from '../assets.ts';
import type { IconName } from '../icon-names.ts';

/** An icon beside a word, or in a control with a label of its own. Screen readers skip the icon. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" aria-hidden="true">
      <use href={`${assetPath('icons.svg')}#${name}`} />
    </svg>
  );
}
