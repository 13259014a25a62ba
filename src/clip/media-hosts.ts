/** Returns the URL if it is on a media host and has no user name or password; otherwise null. */
export function allowedUrl(url: string, mediaHosts: readonly string[], base?: string): URL | null {
  if (!URL.canParse(url, base)) return null;
  const parsed = new URL(url, base);
  return !hasCredentials(parsed) && mediaHosts.includes(parsed.origin) ? parsed : null;
}

export function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
