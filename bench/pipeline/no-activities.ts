/** The bare workflow's activities. */
export const noActivities = {
  async noop(): Promise<void> {
    await Promise.resolve();
  },
};
