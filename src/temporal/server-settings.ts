/**
 * What every Temporal server of Everclip has in its dynamic config: `npm start` and Docker Compose set it, and operators
 * of other servers should (docs/operations.md).
 *
 * Without `matching.useNewMatcher`, the server ignores priorities.
 *
 * `history.MaxBufferedQueryCount=0` makes the server refuse a query while a workflow task runs, instead of attaching it
 * to a task; the caller asks again. The worker would answer an attached query while local activities run, and complete the
 * task with the answer. If a local activity ends meanwhile, its marker is part of that task, but the workflow acts on it
 * in the next task. A replay acts in the first, so its commands differ, and the clip never runs again. See
 * prepare_complete_resp in
 * https://github.com/temporalio/sdk-rust/blob/main/crates/sdk-core/src/worker/workflow/managed_run.rs
 */
export const SERVER_SETTINGS = [
  'matching.useNewMatcher=true',
  'history.MaxBufferedQueryCount=0',
] as const;

/** Returns command-line arguments that give a dev server these settings and `more`. */
export function serverArguments(more: readonly string[] = []): string[] {
  return [...SERVER_SETTINGS, ...more].map((setting) => `--dynamic-config-value=${setting}`);
}
