/** The page of a clip, not its video or its pictures. */
const CLIP_PATH = /^\/c\/(\d+-\d+)$/;

/** Returns the id of the clip whose page a link opens, or null. */
export function clipIdOfLink({ origin, pathname }: HTMLAnchorElement): string | null {
  return origin === location.origin ? (CLIP_PATH.exec(pathname)?.[1] ?? null) : null;
}
