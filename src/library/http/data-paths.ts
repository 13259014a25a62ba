/** What the old gallery asks for. */
export const OLD_GALLERY = '/discord-clip-library';

const DATA_PATHS = /^\/(?:api\/|discord-clip-library\/(?:messages|userdata|thumb\/))/;

/** True if programs read this path. Their answers are JSON, also if the answer says that something failed. */
export function isDataPath(path: string): boolean {
  return DATA_PATHS.test(path);
}
