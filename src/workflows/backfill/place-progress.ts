import { log } from '@temporalio/workflow';
import * as v from 'valibot';
import {
  check,
  objectOf,
  optionalOf,
  quantitySchema,
  snowflakeSchema,
  textSchema,
} from '../../clip/schemas/basics.ts';
import type { PlaceProgress } from '../messages.ts';

const searchSchema = objectOf({
  pages: quantitySchema,
  clips: quantitySchema,
  started: quantitySchema,
});

const progressSchema = objectOf({
  pages: quantitySchema,
  messages: quantitySchema,
  clips: quantitySchema,
  started: quantitySchema,
  known: quantitySchema,
  reached: v.nullable(v.pipe(textSchema, v.isoTimestamp('is not an ISO time'))),
  search: optionalOf(searchSchema),
});

const schema = objectOf({ channelId: snowflakeSchema, progress: progressSchema });

/**
 * Returns the argument of a signal `placeProgress`, or null if it is malformed. Anybody with access to Temporal can send
 * the signal, and an error in its handler would block the workflow.
 */
export function checkPlaceProgress(signal: unknown): PlaceProgress | null {
  const { value, fault } = check(schema, signal);
  if (fault !== null) log.warn(`ignored a malformed signal "placeProgress": ${fault}`);
  return value;
}
