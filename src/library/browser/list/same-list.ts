/** The path of the page with its parameters. */
export function currentPath(): string {
  return location.pathname + location.search;
}

/** True if an address is a list of this page, so that a script can show it here. */
export function isSameList(url: URL): boolean {
  const isSamePage = url.origin === location.origin && url.pathname === location.pathname;
  return isSamePage && document.getElementById('results') !== null;
}
