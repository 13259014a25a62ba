export const NO_STORE = 'no-store';
/** Browsers ask again each time, and the ETag spares them the bytes. Pages differ from reader to reader. */
export const REVALIDATE = 'private, no-cache';
/** One week, for a picture whose address contains the hash of its bytes. */
export const KEEP_A_WEEK = 'private, max-age=604800, immutable';
/** One year, for a file whose name contains the hash of its content. */
export const KEEP_FOR_GOOD = 'public, max-age=31536000, immutable';

/** The pages below this path may be shown in a frame of another site. */
const FRAMEABLE = '/embed/';

/**
 * Returns the function that adds the headers of every answer. The policy for media lists the hosts of clips, because
 * browsers also check where a redirect leads: https://www.w3.org/TR/CSP3/#match-response-to-source-list
 */
export function createHeaderWriter(
  mediaHosts: readonly string[],
): (headers: Headers, path: string) => void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    ["media-src 'self'", ...mediaHosts].join(' '),
    "form-action 'self'",
    "base-uri 'none'",
  ].join('; ');
  return (headers, path) => {
    const ancestors = path.startsWith(FRAMEABLE) ? '*' : "'none'";
    if (!headers.has('Content-Security-Policy')) {
      headers.set('Content-Security-Policy', `${policy}; frame-ancestors ${ancestors}`);
    }
    // With `no-referrer`, browsers would send `Origin: null` with a form: https://fetch.spec.whatwg.org/#origin-header
    headers.set('Referrer-Policy', 'same-origin');
    headers.set('X-Content-Type-Options', 'nosniff');
    headers.set('X-Robots-Tag', 'noindex');
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', NO_STORE);
  };
}
