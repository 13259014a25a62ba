import type { LibrarySettings } from '../../config/settings.ts';

/** The settings of the library that previews and embedded players depend on. */
export type PreviewSettings = Pick<LibrarySettings, 'access' | 'channelIds' | 'name' | 'url'>;
