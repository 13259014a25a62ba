import { workflowInfo } from '@temporalio/workflow';
import { plain } from '../clip/plain.ts';
import { invalidInput } from '../errors.ts';

/** The maximum length of a foreign type in a message. */
const MAX_TYPE_BYTES = 100;

/**
 * Creates the workflow that runs if no other workflow has the started type. If the started type differs from a known
 * type only in upper and lower case, the workflow fails and names the known type.
 * @param known the workflows by type
 */
export function createUnknownType(known: Record<string, unknown>): () => Promise<never> {
  const types = Object.keys(known);
  return () => {
    const { workflowType } = workflowInfo();
    const type = types.find((each) => each.toLowerCase() === workflowType.toLowerCase());
    if (type !== undefined) {
      throw invalidInput(`unknown workflow type ${workflowType}: start it with --type ${type}`);
    }
    // This error fails only the workflow task, which is retried: a worker of a newer version may know the type.
    throw new Error(
      `unknown workflow type ${plain(workflowType, { maxBytes: MAX_TYPE_BYTES })}: terminate the workflow and correct the type, or update the workers if a newer version has this type`,
    );
  };
}
