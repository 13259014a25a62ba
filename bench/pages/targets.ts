import type { Target } from '../support/check-target.ts';
import type { Device, MeasuredPage } from './measure.ts';

const KIB = 1024;

/** Returns no targets for the bare page. Byte budgets count transferred bytes, with headers. */
export function targetsOf(
  device: Device['name'],
  page: MeasuredPage['name'],
): Record<string, Target> {
  if (page === 'bare') return {};
  const isPhone = device === 'phone';
  const isGrid = page === 'grid';
  return {
    lcpMs: { max: isPhone ? 1800 : 500 },
    inpMs: { max: isPhone ? 150 : 50 },
    cls: { max: 0.02 },
    htmlBytes: { max: (isGrid ? 14 : 8) * KIB },
    styleBytes: { max: 8 * KIB },
    scriptBytes: { max: (isGrid ? 14 : 20) * KIB },
    fontBytes: { max: 50 * KIB },
    iconBytes: { max: 4 * KIB },
    bytesWithoutPictures: { max: 100 * KIB },
    nodes: { max: 1200 },
  };
}
