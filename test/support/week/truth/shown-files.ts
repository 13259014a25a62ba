import type { APIMessage, APIUser } from 'discord-api-types/v10';

/** A file that a message shows, as Discord describes it. */
export interface ShownFile {
  readonly id: string;
  readonly filename: string;
  readonly url: string;
  readonly contentType?: string;
  readonly size?: number;
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
  readonly placeholder?: string;
  readonly title?: string;
  readonly altText?: string;
  readonly isSpoiler: boolean;
  readonly isThreadThumbnail: boolean;
  readonly players?: readonly APIUser[];
  readonly game?: string;
  readonly clippedAt?: string;
  /** True if the file is in a component and not among the attachments. */
  readonly isInComponents: boolean;
}

/** A part of a message: what the message itself shows, or what the message that it forwards shows. */
export type Part = Partial<Pick<APIMessage, 'content' | 'mentions' | 'attachments' | 'components'>>;

/** Returns the message's own part, and the parts that it forwards. */
export function partsOfMessage(message: APIMessage): Part[] {
  return [message, ...(message.message_snapshots ?? []).map((snapshot) => snapshot.message)];
}

/** Returns the files that a part shows, in the order in which it shows them. */
export function shownFiles(part: Part): ShownFile[] {
  const attached = (part.attachments ?? []).map((attachment): ShownFile => ({
    id: attachment.id,
    filename: attachment.filename,
    url: attachment.url,
    isSpoiler: isSpoilerName(attachment.filename) || hasBit(attachment.flags, 3),
    isThreadThumbnail: hasBit(attachment.flags, 1),
    isInComponents: false,
    ...withValues({
      contentType: attachment.content_type,
      size: attachment.size,
      width: attachment.width ?? undefined,
      height: attachment.height ?? undefined,
      seconds: attachment.duration_secs,
      placeholder: attachment.placeholder,
      title: attachment.title,
      altText: attachment.description,
      players: attachment.clip_participants,
      game: attachment.application?.name,
      clippedAt: attachment.clip_created_at,
    }),
  }));
  return [...attached, ...filesInComponents(part.components ?? [], false)];
}

/** Returns the texts of the text components, in the order in which Discord shows them. */
export function textsOfComponents(components: readonly unknown[]): string[] {
  return (components as AnyComponent[]).flatMap(({ type, content, components: inside }) => [
    ...(type === TEXT && content ? [content] : []),
    ...textsOfComponents(inside ?? []),
  ]);
}

// https://docs.discord.com/developers/components/reference#component-object-component-types
const TEXT = 10;
const GALLERY = 12;
const FILE = 13;

interface AnyComponent {
  type: number;
  content?: string;
  spoiler?: boolean;
  size?: number;
  file?: Media;
  items?: { media: Media; description?: string; spoiler?: boolean }[];
  components?: AnyComponent[];
}

interface Media {
  url: string;
  attachment_id?: string;
  content_type?: string;
  width?: number;
  height?: number;
  placeholder?: string;
}

function filesInComponents(components: readonly unknown[], isHidden: boolean): ShownFile[] {
  return (components as AnyComponent[]).flatMap((component) => {
    const { type, items = [], file, size, components: inside = [] } = component;
    const hides = isHidden || component.spoiler === true;
    if (type === FILE && file) return fileOfMedia(file, hides, withValues({ size }));
    const shown = type !== GALLERY ? [] : items;
    return [
      ...shown.flatMap(({ media, description, spoiler = false }) =>
        fileOfMedia(media, hides || spoiler, withValues({ altText: description })),
      ),
      ...filesInComponents(inside, hides),
    ];
  });
}

/** Media that nobody uploaded to Discord has no attachment id. */
function fileOfMedia(media: Media, isHidden: boolean, more: Partial<ShownFile>): ShownFile[] {
  if (media.attachment_id === undefined) return [];
  const filename = decodeURIComponent(new URL(media.url).pathname.split('/').at(-1)!);
  return [
    {
      id: media.attachment_id,
      filename,
      url: media.url,
      isSpoiler: isHidden || isSpoilerName(filename),
      isThreadThumbnail: false,
      isInComponents: true,
      ...withValues({
        contentType: media.content_type,
        width: media.width,
        height: media.height,
        placeholder: media.placeholder,
      }),
      ...more,
    },
  ];
}

function isSpoilerName(filename: string): boolean {
  return filename.startsWith('SPOILER_');
}

function hasBit(flags: number | undefined, bit: number): boolean {
  return (((flags ?? 0) >> bit) & 1) === 1;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withValues<T extends object>(fields: T): Defined<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
