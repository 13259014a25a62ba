import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleSpecDescription,
} from '@temporalio/client';
import { auditScheduleId } from '../clip/names.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

/** The workflow that the schedule starts, and its input: all channels that Everclip watches, one after another. */
const WORKFLOW = { workflowType: 'audit', args: [{ all: true }] };

/**
 * Creates or updates the schedule of the audits, or deletes the schedule if AUDIT_EVERY is `never`. The first audit
 * starts one interval after the schedule was created. A schedule that an operator paused stays paused, and an action
 * that an operator changed stays changed. A schedule to which an operator gave calendar times keeps them. If Temporal
 * refuses, logs what the operator can do.
 */
export async function scheduleAudits(
  client: Client,
  config: Pick<Config, 'auditEveryMs' | 'taskQueue'>,
  log: Pick<Logger, 'info' | 'warn'>,
): Promise<void> {
  try {
    await (config.auditEveryMs === null
      ? deleteSchedule(client, config.taskQueue)
      : updateSchedule(client, config.taskQueue, config.auditEveryMs));
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      'cannot update the schedule of the audits; start audits by hand, or set AUDIT_EVERY=never',
    );
  }
}

async function deleteSchedule({ schedule }: Client, taskQueue: string): Promise<void> {
  try {
    await schedule.getHandle(auditScheduleId(taskQueue)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

async function updateSchedule(
  { schedule }: Client,
  taskQueue: string,
  everyMs: number,
): Promise<void> {
  const scheduleId = auditScheduleId(taskQueue);
  // Without the offset, the interval would begin at a round time, and the first audit soon after the installation.
  const spec = { intervals: [{ every: everyMs, offset: Date.now() % everyMs }] };
  try {
    await schedule.create({
      scheduleId,
      spec,
      action: { type: 'startWorkflow', ...WORKFLOW, taskQueue, workflowId: scheduleId },
      policies: { overlap: 'SKIP' },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = schedule.getHandle(scheduleId);
    const { spec: current } = await handle.describe();
    // An update without a change would move the next audit to one interval from now.
    if (!isOwnSpec(current) || current.intervals?.[0]?.every === everyMs) return;
    await handle.update(({ action, policies, state }) => ({ spec, action, policies, state }));
  }
}

/** True for a spec of exactly one interval, which only AUDIT_EVERY decides. */
function isOwnSpec({ intervals = [], calendars = [] }: ScheduleSpecDescription): boolean {
  return intervals.length === 1 && calendars.length === 0;
}
