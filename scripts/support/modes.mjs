// The permissions of the files and folders that the scripts create. The program has the same.

/** Only the user can read and write. */
export const PRIVATE_FILE = 0o600;

/** Only the user can list and change. */
export const PRIVATE_FOLDER = 0o700;
