import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isRecorderName, titleOf } from '../../src/clip/title.ts';

const clip = { title: null, description: '', filename: 'video0', poster: 'soho' };

describe('the title of a clip', () => {
  const cases: [string, Partial<Parameters<typeof titleOf>[0]>, string][] = [
    [
      'is the title from Discord',
      { title: 'Last second ace', description: 'look' },
      'Last second ace',
    ],
    ['has no video ending', { title: 'Last second ace.MP4' }, 'Last second ace'],
    ['may be an emoji if Discord says so', { title: '🔥' }, '🔥'],
    [
      'is the message if a recorder gave the title',
      { title: 'Desktop 2024.03.01 - 12.30.45.02', description: 'LUCKY ace' },
      'LUCKY ace',
    ],
    ['is the first line of the message', { description: 'LUCKY ace\non Dust' }, 'LUCKY ace'],
    ['skips blank lines', { description: '\n \nLUCKY ace' }, 'LUCKY ace'],
    ['may be in Cyrillic', { description: 'эйс' }, 'эйс'],
    ['may be in Japanese', { description: '神プレイ' }, '神プレイ'],
    ['may be in Arabic', { description: 'لعبة جميلة' }, 'لعبة جميلة'],
    [
      'is no line with fewer than three letters',
      { description: 'gg\nLUCKY', filename: 'COMET' },
      'COMET',
    ],
    ['is no row of emoji', { description: '🔥🔥🔥', filename: 'COMET' }, 'COMET'],
    [
      'is no row of custom emoji',
      { description: '<:kekw:123456789012345678>', filename: 'COMET' },
      'COMET',
    ],
    ['is no link', { description: 'https://example.com/watch', filename: 'COMET' }, 'COMET'],
    [
      'is no link in brackets',
      { description: '<https://example.com/watch>', filename: 'COMET' },
      'COMET',
    ],
    [
      'leaves out links beside words',
      { description: 'look https://example.com/ at this' },
      'look at this',
    ],
    [
      'keeps the text of a Markdown link',
      { description: '[the ace](https://example.com/)' },
      'the ace',
    ],
    ['leaves out Markdown', { description: '## **LUCKY** `ace`' }, 'LUCKY ace'],
    ['leaves out spoilers', { description: 'then ||he dies||' }, 'then'],
    ['leaves out spoilers over lines', { description: '||he\ndies||', filename: 'COMET' }, 'COMET'],
    [
      'leaves out long spoilers',
      { description: `then ||${'he dies '.repeat(200)}|| and wins` },
      'then and wins',
    ],
    ['leaves out spoilers after bars', { description: 'then ||||he dies||' }, 'then'],
    [
      'shows custom emoji by name',
      { description: 'so close <a:pog:123456789012345678>' },
      'so close :pog:',
    ],
    ['keeps < and &', { description: 'me <3 you & them' }, 'me <3 you & them'],
    ['has no controls', { description: 'LUCKY\u0000\u202e ace' }, 'LUCKY ace'],
    ['is the file name', { filename: '1v4 clutch' }, '1v4 clutch'],
    ['is the poster if nothing else is left', {}, 'Clip by soho'],
    ['works without a visible poster', { poster: '\u200b' }, 'Clip'],
    ['works without a file name', { filename: '' }, 'Clip by soho'],
  ];
  for (const [name, parts, expected] of cases) {
    test(name, () => assert.equal(titleOf({ ...clip, ...parts }), expected));
  }

  test('if the text is longer than 80 characters, the title ends with an ellipsis', () => {
    assert.equal(titleOf({ ...clip, description: 'x'.repeat(80) }), 'x'.repeat(80));
    assert.equal(titleOf({ ...clip, description: 'x'.repeat(81) }), `${'x'.repeat(79)}…`);
  });

  test('no character is cut in half', () => {
    const family = '👨‍👩‍👧‍👦';
    const title = titleOf({ ...clip, description: `abc${family.repeat(40)}` });
    assert.equal(title, `abc${family.repeat(10)}…`);
    const stacked = titleOf({ ...clip, description: `abc ${'e\u0301'.repeat(60)}` });
    assert.equal(Array.from(stacked).length <= 80, true);
    assert.match(stacked, /\u0301…$/u);
    assert.equal(titleOf({ ...clip, description: `abc${'\u0301'.repeat(200)}` }), 'ab…');
  });
});

test('the names that recorders and phones give are recognized', () => {
  const names = [
    ...[
      '2024-03-01 12-30-45',
      'Replay 2024-03-01 12-30-45',
      'Replay_2024-03-01_12-30-45',
      'Replay 2024-03-01',
    ],
    ...[
      'Desktop 2024.03.01 - 12.30.45.02',
      'Desktop_2024.03.01_-_12.30.45.02.DVR',
      'VALORANT 2024.03.01 - 12.30.45.02.DVR',
    ],
    ...[
      'Replay_2024.03.01-12.30',
      'Overwatch_2024.03.01-12.30_1',
      'bandicam 2024-03-01 12-30-45-123',
    ],
    ...[
      'MedalTVValorant20240301123045',
      'MedalTVCounterStrike220240301123045-1',
      'Halo Infinite 2024-03-01 12-30-45',
    ],
    ...[
      'Halo Infinite 3_1_2024 12_30_45 PM',
      'clip_730_20240301_123045',
      'Counter-Strike 2 - 2024-03-01 12-30-45',
    ],
    ...[
      'IMG_1234',
      'IMG_1234 (1)',
      'IMG_E1234',
      'RPReplay_Final1709287200',
      'trim.0A1B2C3D-0000-4000-8000-123456789ABC',
    ],
    ...['VID_20240301_123045', '20240301_123045', 'PXL_20240301_123045678', 'VID-20240301-WA0001'],
    ...[
      'Screen_Recording_20240301-123045_Discord',
      'Screen Recording 2024-03-01 at 12.30.45',
      'video',
      'video0',
      'video0-1',
    ],
    ...[
      'Video',
      'untitled',
      'unknown',
      'output',
      '0a1b2c3d-0000-4000-8000-123456789abc',
      '0a1b2c3d000040008000123456789abc',
    ],
    ...['1709287200', 'clip', 'video.mov'],
  ];
  assert.deepEqual(
    names.filter((name) => !isRecorderName(name)),
    [],
  );
});

test('the names that people give are not mistaken for those of recorders', () => {
  const names = [
    ...[
      'LUCKY ace',
      'COMET',
      'ace 2024-03-01',
      'match 12.30',
      'video of my cat',
      'Replay of the year',
    ],
    ...[
      'imgur find',
      'defaced',
      'final boss',
      'desktop tour',
      '1v4',
      'Clip that',
      'unknown soldier',
      'v for vendetta',
    ],
    ...['2024 recap', 'VIDeo killed', 'эйс', '神プレイ'],
  ];
  assert.deepEqual(names.filter(isRecorderName), []);
});
