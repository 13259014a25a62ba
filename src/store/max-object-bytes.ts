/**
 * The largest object that is read, in bytes. Records and user data have a few KB, so Everclip did not write an object
 * that is larger than this. If such an object were read whole at every write, it could use up the memory.
 */
export const MAX_OBJECT_BYTES = 1024 * 1024;
