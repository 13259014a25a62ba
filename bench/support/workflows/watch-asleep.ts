import {
  log,
  type WorkflowInterceptors,
  type WorkflowInternalsInterceptor,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';

/**
 * Logged when a workflow falls asleep. The attribute `untilMs` is the time at which the workflow's next timer fires.
 */
export const ASLEEP_MESSAGE = 'bench: asleep';

/**
 * Logs when a workflow of any type falls asleep. A workflow is asleep when its task is done, no activity is running,
 * and a timer is set. The interceptors write log lines, because any other way out of the workflow sandbox needs a
 * worker option. The interceptors create few promises, because the sandbox records a stack trace for each promise.
 */
export function interceptors(): WorkflowInterceptors {
  let runningActivities = 0;
  const timers = new Map<number, number>();
  const countWhileRunning = (activity: Promise<unknown>): Promise<unknown> => {
    runningActivities += 1;
    const onEnd = () => void (runningActivities -= 1);
    activity.then(onEnd, onEnd);
    return activity;
  };
  const outbound: WorkflowOutboundCallsInterceptor = {
    scheduleActivity: (input, next) => countWhileRunning(next(input)),
    scheduleLocalActivity: (input, next) => countWhileRunning(next(input)),
    startTimer(input, next) {
      timers.set(input.seq, Date.now() + input.durationMs);
      const timer = next(input);
      const onEnd = () => void timers.delete(input.seq);
      timer.then(onEnd, onEnd);
      return timer;
    },
  };
  const internals: WorkflowInternalsInterceptor = {
    concludeActivation(input, next) {
      if (runningActivities === 0 && timers.size > 0) {
        log.info(ASLEEP_MESSAGE, { untilMs: Math.min(...timers.values()) });
      }
      return next(input);
    },
  };
  return { outbound: [outbound], internals: [internals] };
}
