/**
 * The largest object that is read, in bytes. Records and user data have a few KB, so a larger object is foreign. If
 * such an object were read whole at every write, it could use up the memory.
 */
export const MAX_OBJECT_BYTES = 1024 * 1024;
