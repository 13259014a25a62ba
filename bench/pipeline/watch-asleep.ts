import {
  log,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { ASLEEP } from './asleep-message.ts';

/**
 * Tells, for every workflow type in the same way, when a workflow has fallen asleep: its task is
 * done, no activity is under way, and a timer is set. A log line is the only way out of the sandbox
 * that needs no worker option. Makes few promises, for in the sandbox each one costs a stack trace.
 */
export function interceptors(): WorkflowInterceptors {
  let underWay = 0;
  const timers = new Map<number, number>();
  const counted = (activity: Promise<unknown>): Promise<unknown> => {
    underWay += 1;
    const ended = () => void (underWay -= 1);
    activity.then(ended, ended);
    return activity;
  };
  const outbound: WorkflowOutboundCallsInterceptor = {
    scheduleActivity: (input, next) => counted(next(input)),
    scheduleLocalActivity: (input, next) => counted(next(input)),
    startTimer(input, next) {
      timers.set(input.seq, Date.now() + input.durationMs);
      const timer = next(input);
      const ended = () => void timers.delete(input.seq);
      timer.then(ended, ended);
      return timer;
    },
  };
  const internals: WorkflowInternalsInterceptor = {
    concludeActivation(input, next) {
      if (underWay === 0 && timers.size > 0) {
        log.info(ASLEEP, { untilMs: Math.min(...timers.values()) });
      }
      return next(input);
    },
  };
  return { outbound: [outbound], internals: [internals] };
}
