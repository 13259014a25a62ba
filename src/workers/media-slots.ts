/** The most memory that ffmpeg may use for one thumbnail, with some room for its pictures, in bytes. */
const BYTES_PER_SLOT = 450 * 1024 * 1024;
/** The memory for clips that are downloaded whole (1 GB in the containers) and for Node's two processes, in bytes. */
const RESERVED_BYTES = 1536 * 1024 * 1024;

/**
 * Returns how many thumbnails a worker makes at a time. Decoding a frame keeps one processor busy. In a container, the
 * memory limit may allow fewer decodes than the machine has processors.
 * @param memoryBytes the memory limit of the process in bytes; 0 if there is none, as `process.constrainedMemory` says
 */
export function countMediaSlots(processors: number, memoryBytes: number): number {
  if (memoryBytes === 0) return processors;
  const slots = Math.floor((memoryBytes - RESERVED_BYTES) / BYTES_PER_SLOT);
  return Math.max(1, Math.min(processors, slots));
}
