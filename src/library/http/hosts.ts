/** A host with an optional port, as in the header `Host` and in the setting LIBRARY_ADDRESS. */
const HOST = /^([\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** Returns the name or address in a host with an optional port, in lower case, or null if the text is not a host. */
export function hostnameOf(host: string): string | null {
  return HOST.exec(host)?.[1]?.toLowerCase() ?? null;
}

/** True if the name or address reaches only this machine. An IPv6 address is in brackets. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/**
 * True if a request with this `Host` header is meant for the library. A web page of a stranger can point its own name at
 * a loopback address, and then read a library that answers to every name (DNS rebinding).
 */
export function isOwnHost(host: string | undefined, publicUrl: string | null): boolean {
  const hostname = hostnameOf(host ?? '');
  if (hostname === null) return false;
  if (isLoopback(hostname)) return true;
  return publicUrl !== null && hostname === new URL(publicUrl).hostname;
}
