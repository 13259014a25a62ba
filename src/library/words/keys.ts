// The table of keys in the help. The browser's scripts do what the table says.

export interface KeyRow {
  keys: readonly string[];
  does: string;
}

export const KEY_TABLES: readonly { title: string; rows: readonly KeyRow[] }[] = [
  {
    title: 'Everywhere',
    rows: [
      { keys: ['/'], does: 'Search' },
      { keys: ['R'], does: 'Random clip' },
      { keys: ['?'], does: 'Show these keys' },
      { keys: ['Esc'], does: 'Close, clear, leave theatre' },
    ],
  },
  {
    title: 'List of clips',
    rows: [
      { keys: ['←', '→', '↑', '↓'], does: 'Move between clips' },
      { keys: ['Enter'], does: 'Open the clip' },
    ],
  },
  {
    title: 'Clip',
    rows: [
      { keys: ['Space', 'K'], does: 'Play or pause' },
      { keys: ['J', 'L'], does: 'Back or forward 10 seconds' },
      { keys: ['←', '→'], does: 'Back or forward 5 seconds' },
      { keys: ['↑', '↓'], does: 'Volume' },
      { keys: ['0–9'], does: 'Jump to a tenth of the clip' },
      { keys: ['M'], does: 'Mute' },
      { keys: ['F'], does: 'Full screen' },
      { keys: ['T'], does: 'Theatre' },
      { keys: ['I'], does: 'Picture in picture' },
      { keys: ['<', '>'], does: 'Slower or faster' },
      { keys: [',', '.'], does: 'One frame back or forward while paused' },
      { keys: ['N', 'P'], does: 'Next or previous clip' },
      { keys: ['C'], does: 'Copy link' },
      { keys: ['Shift+C'], does: 'Copy link at this second' },
      { keys: ['O'], does: 'Open in Discord' },
    ],
  },
];
