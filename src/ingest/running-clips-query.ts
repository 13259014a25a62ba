import { messageWorkflowIdPrefix } from '../clip/names.ts';

/**
 * The messages that one query may name: as many as one bulk deletion of Discord. SQLite allows an
 * expression a depth of 1,000, and each message adds one.
 * Sources: https://discord.com/developers/docs/resources/message#bulk-delete-messages,
 * https://www.sqlite.org/limits.html#max_expr_depth
 */
export const MAX_MESSAGES_PER_QUERY = 100;

/** Sorts after every attachment id: snowflakes have at most 20 digits. */
const AFTER_EVERY_ID = '9'.repeat(20);

/**
 * Builds the list query for the running clip workflows of these messages, at most
 * MAX_MESSAGES_PER_QUERY. A PostgreSQL collation that ignores punctuation may add others, so callers
 * check the prefix of each id.
 *
 * The query compares ranges, because `STARTS_WITH` becomes a `LIKE`, for which SQLite reads every running
 * workflow. The range over all messages comes first: SQLite uses its index for one range, but not for
 * many that are joined by OR. docs/performance.md has the figures (`npm run bench -- deletions`).
 */
export function runningClipsQuery(messageIds: readonly string[]): string {
  const prefixes = messageIds.map(messageWorkflowIdPrefix).sort();
  const [first = '', last = first] = [prefixes[0], prefixes.at(-1)];
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
