import { patched, workflowInfo } from '@temporalio/workflow';
import { invalidInput } from '../errors.ts';

/**
 * True if an earlier run of the workflow wrote this run's input. Such an input is never rejected: the earlier run
 * already worked with it.
 */
export function isContinued(): boolean {
  return workflowInfo().continuedFromExecutionRunId !== undefined;
}

/**
 * Fails the workflow because of its input.
 *
 * If the history was recorded before this patch, the workflow had accepted the input. Its replay accepts the input too,
 * and the workflow goes on.
 * @throws InvalidInput with the sentence `message`
 */
export function rejectInput(message: string): void {
  if (patched('checked-input')) throw invalidInput(message);
}

/**
 * Rejects the state of an earlier run in the input of a first run.
 * @throws InvalidInput
 */
export function rejectCarried(workflowType: string, carried: unknown): void {
  if (carried === undefined || carried === null) return;
  rejectInput(`${workflowType} takes no second input: start it without the second --input`);
}
