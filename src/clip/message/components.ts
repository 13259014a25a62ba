import { ComponentType, type APIUnfurledMediaItem } from 'discord-api-types/v10';
import { objectsOf } from '../values.ts';

/** One file that a Media Gallery or File component shows. */
export interface ComponentMedia {
  media: Partial<APIUnfurledMediaItem>;
  altText?: string | null;
  spoiler: boolean;
  /** The name and the size in bytes, which Discord gives only for a File component. */
  name?: string;
  size?: number;
}

/** The texts and the media of a message's components, in the order in which Discord shows them. */
export interface ComponentContents {
  texts: string[];
  media: ComponentMedia[];
  /** The number of components of any type. */
  count: number;
}

/** A component as it arrives. Compatible servers and later versions of Discord may leave out or add fields. */
interface RawComponent {
  type?: number;
  content?: string;
  items?: (GalleryItem | null)[];
  file?: Partial<APIUnfurledMediaItem> | null;
  name?: string;
  size?: number;
  spoiler?: boolean;
  components?: (RawComponent | null)[];
}

interface GalleryItem {
  media?: Partial<APIUnfurledMediaItem> | null;
  description?: string | null;
  spoiler?: boolean;
}

/**
 * Reads components of any depth, such as those in a Section or a Container. A Container that is a spoiler hides
 * everything in it. Discord intentionally does not list the files of Components V2 in the message's `attachments`:
 * https://github.com/discord/discord-api-docs/pull/8279
 */
export function readComponents(components: unknown): ComponentContents {
  const contents: ComponentContents = { texts: [], media: [], count: 0 };
  const childrenOf = (list: unknown, isHidden: boolean) =>
    objectsOf(list as RawComponent[])
      .map((component) => ({ component, isHidden }))
      .reverse();
  // The function uses a stack instead of recursion, because the author of a message chooses how deep components are
  // nested.
  const stack = childrenOf(components, false);
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { component } = next;
    const isHidden = next.isHidden || component.spoiler === true;
    contents.count += 1;
    if (component.type === ComponentType.TextDisplay && typeof component.content === 'string') {
      contents.texts.push(component.content);
    }
    contents.media.push(...mediaOf(component, isHidden));
    stack.push(...childrenOf(component.components, isHidden));
  }
  return contents;
}

function mediaOf(component: RawComponent, isHidden: boolean): ComponentMedia[] {
  const { type, file, name, size } = component;
  if (type === ComponentType.MediaGallery) {
    return objectsOf(component.items).flatMap(({ media, description, spoiler }) =>
      media ? [{ media, altText: description ?? null, spoiler: isHidden || spoiler === true }] : [],
    );
  }
  if (type !== ComponentType.File || !file) return [];
  return [
    {
      media: file,
      spoiler: isHidden,
      ...(name !== undefined && { name }),
      ...(size !== undefined && { size }),
    },
  ];
}
