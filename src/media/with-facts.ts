import type { MediaFacts } from '../clip/state.ts';
import { fromMessage, toMessage } from './process/messages.ts';

/** The same failure, with what was read of the clip before it as its detail: that is true without a picture too. */
export function withFacts(error: unknown, facts: MediaFacts): unknown {
  const told = toMessage(error);
  if (!told.application || Object.keys(facts).length === 0) return error;
  return fromMessage({ ...told, application: { ...told.application, details: [facts] } });
}
