// The permissions of the files and folders that the scripts create. src/private-files.ts has the same for the program.

/** Only the user can read and write. */
export const PRIVATE_FILE = 0o600;

/** Only the user can list and change. */
export const PRIVATE_FOLDER = 0o700;
