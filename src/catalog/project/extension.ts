const EXTENSIONS = ['mp4', 'mov', 'webm', 'mkv', 'm4v'] as const;

const EXTENSION_BY_TYPE: Readonly<Record<string, string>> = {
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'video/x-matroska': 'mkv',
  'video/matroska': 'mkv',
  'video/x-m4v': 'm4v',
};

/**
 * Returns the real ending of a clip's file without a dot: that of the file name in the link, else that of the content
 * type, else `mp4`. The result is always one of Everclip's five endings.
 */
export function extensionOf(url: string | null, contentType: string | null): string {
  const inUrl = /\.(\w{3,4})(?:[?#]|$)/.exec(url ?? '')?.[1]?.toLowerCase();
  const known = EXTENSIONS.find((extension) => extension === inUrl);
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return known ?? EXTENSION_BY_TYPE[type] ?? 'mp4';
}
