import { ComponentType } from 'discord-api-types/v10';
import type { Component } from '../../../../src/emulator/world/model.ts';
import type { Dice } from '../dice.ts';

/** A file of a message that components show. */
export interface ComponentFile {
  readonly filename: string;
  /** In bytes; absent for a file that is not a video. */
  readonly size?: number;
}

/** Returns Components V2 that show a text and all of the files. */
export function randomComponents(
  dice: Dice,
  text: string,
  files: readonly ComponentFile[],
): Component[] {
  const words = { type: ComponentType.TextDisplay, content: text };
  const media = dice.chance(0.5) ? gallery(dice, files) : files.map((file) => single(dice, file));
  const picture = {
    type: ComponentType.MediaGallery,
    items: [{ media: { url: 'https://example.com/elsewhere.mp4' } }],
  };
  const all = [words, ...media, ...(dice.chance(0.3) ? [picture] : [])];
  if (dice.chance(0.4)) return all;
  const isSpoiler = dice.chance(0.3);
  return [
    { type: ComponentType.Separator },
    { type: ComponentType.Container, ...(isSpoiler && { spoiler: true }), components: all },
    ...(dice.chance(0.3) ? [{ type: ComponentType.TextDisplay, content: 'the end' }] : []),
  ];
}

function gallery(dice: Dice, files: readonly ComponentFile[]): Component[] {
  const items = files.map(({ filename }) => ({
    media: { url: `attachment://${filename}` },
    ...(dice.chance(0.4) && { description: dice.pick(['five', 'a round of "five"']) }),
    ...(dice.chance(0.3) && { spoiler: true }),
  }));
  return [{ type: ComponentType.MediaGallery, items }];
}

function single(dice: Dice, { filename, size }: ComponentFile): Component {
  return {
    type: ComponentType.File,
    file: { url: `attachment://${filename}` },
    name: filename,
    ...(size !== undefined && { size }),
    ...(dice.chance(0.3) && { spoiler: true }),
  };
}
