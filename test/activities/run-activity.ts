import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ClipState } from '../../src/clip/state.ts';
import { clipsOfMessage } from '../../src/clip/message.ts';
import { aMessage, PLACE, RULES } from '../clip/a-message.ts';

/** The environment of one activity run. */
export const anEnvironment = (
  info: Partial<Info> = {},
  onLogLine?: (line: string) => void,
): MockActivityEnvironment =>
  new MockActivityEnvironment(info, {
    logger: onLogLine
      ? new DefaultLogger('INFO', ({ level, message }) => onLogLine(`${level} ${message}`))
      : new DefaultLogger('ERROR'),
  });

/** Runs one attempt of an activity. */
export const attempt = async <I, O>(
  activity: (input: I) => Promise<O>,
  input: I,
  info: Partial<Info> = {},
): Promise<O> => await anEnvironment(info).run(activity as never, input);

/** The state of the clip of `aMessage()` at `revision`. */
export function aState(more: Partial<ClipState> = {}): ClipState {
  const [clip] = clipsOfMessage(aMessage(), PLACE, RULES);
  if (!clip) throw new Error('the message of the tests has no clip');
  return { clip, status: 'live', revision: 1, ...more };
}
