import type { Clip } from '../../clip/clip.ts';
import type { Ports } from '../ports.ts';

/**
 * Leaves out the clips of forgotten people, which are neither started nor counted. Each list has the clips of a message.
 */
export async function withoutForgotten(
  clips: readonly Clip[][],
  forgotten: Ports['forgotten'],
): Promise<Clip[][]> {
  const kept: Clip[][] = [];
  for (const ofMessage of clips) {
    const left: Clip[] = [];
    for (const clip of ofMessage) if (!(await forgotten.isForgotten(clip))) left.push(clip);
    kept.push(left);
  }
  return kept;
}
