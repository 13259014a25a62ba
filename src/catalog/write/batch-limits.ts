/** PGlite answers nobody while it runs a statement, so the statements are short. */
export const MAX_BATCH_CHANGES = 500;

/**
 * The maximum size of the objects of a statement, in characters. PGlite's process refuses messages of more than 32 MB. A
 * character takes up to 6 bytes as JSON in a statement, and folding a text for its words can make the text longer.
 * Records have 1 to 2 KB, but a stranger's object can have 1 MB.
 */
export const MAX_BATCH_CHARACTERS = 1024 * 1024;
