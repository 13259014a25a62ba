/** What one workflow, or one of its refreshes, costs. */
export interface Cost {
  /** Of the server's database. */
  bytes: number;
  runs: number;
  events: number;
  remoteActivities: number;
  localActivities: number;
  workerCpuSeconds: number;
  serverCpuSeconds: number;
}

/** What each of `refreshes` adds to a workflow. */
export const costOfRefresh = (refreshed: Cost, sleeping: Cost, refreshes: number): Cost =>
  Object.fromEntries(
    Object.entries(refreshed).map(([name, value]) => [
      name,
      ((value as number) - sleeping[name as keyof Cost]) / refreshes,
    ]),
  ) as unknown as Cost;
