import { messageWorkflowIdPrefix } from '../clip/names.ts';
import { isSnowflake } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';

/**
 * How many messages one query may name. This is also Discord's limit for one bulk deletion. SQLite limits the
 * depth of an expression to 1,000, and each message adds one level.
 * Sources: https://discord.com/developers/docs/resources/message#bulk-delete-messages,
 * https://www.sqlite.org/limits.html#max_expr_depth
 */
export const MAX_MESSAGES_PER_QUERY = 100;

/** This text sorts after every attachment id, because snowflakes have at most 20 digits. */
const AFTER_EVERY_ID = '9'.repeat(20);

/**
 * Builds the list query for the running clip workflows of these messages. At most MAX_MESSAGES_PER_QUERY messages are
 * allowed. On PostgreSQL, a collation that ignores punctuation may add workflows of other messages, so callers check
 * the prefix of each id.
 *
 * The query compares ranges of ids. With `STARTS_WITH`, which becomes a `LIKE`, SQLite would read every running
 * workflow. One range from the lowest to the highest id is added to the ranges of the single messages. SQLite uses its
 * index for one range, but not for many ranges joined by OR. docs/performance.md has the figures (`npm run bench --
 * deletions`).
 * @throws InvalidInput if a message id is not a Discord id, because it becomes part of the query
 */
export function runningClipsQuery(messageIds: readonly string[]): string {
  if (!messageIds.every(isSnowflake)) throw invalidInput('a message id is not a Discord id');
  const prefixes = messageIds.map(messageWorkflowIdPrefix).sort();
  const first = prefixes[0] ?? '';
  const last = prefixes.at(-1) ?? first;
  const conditions = [rangeCondition(first, last), "ExecutionStatus = 'Running'"];
  if (prefixes.length > 1) {
    const ofEach = prefixes.map((prefix) => rangeCondition(prefix, prefix));
    conditions.push(`(${ofEach.join(' OR ')})`);
  }
  return conditions.join(' AND ');
}

function rangeCondition(first: string, last: string): string {
  return `WorkflowId BETWEEN '${first}' AND '${last}${AFTER_EVERY_ID}'`;
}
