import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newLife } from '../../src/workflows/clip/life.ts';
import { takePictures } from '../../src/workflows/clip/pictures.ts';
import { aClip } from '../support/fake-activities.ts';

const FIRST = {
  thumbnail: 'thumb/1-2.webp',
  thumbnailHash: '00000000000000aa',
  posterImage: 'poster/1-2.jpg',
  posterImageHash: '00000000000000bb',
};

test('if a worker of an older version makes the pictures again, the clip forgets the hashes of the old pictures', () => {
  const life = newLife(aClip(), false);
  takePictures(life, FIRST);
  takePictures(life, { thumbnail: 'thumb/1-2.webp', posterImage: 'poster/1-2.jpg' });
  assert.deepEqual(
    [life.thumbnail, life.thumbnailHash, life.posterImage, life.posterImageHash],
    ['thumb/1-2.webp', undefined, 'poster/1-2.jpg', undefined],
  );
});

test('if a new thumbnail comes without a poster image, the clip keeps its poster image and that hash', () => {
  const life = newLife(aClip(), false);
  takePictures(life, FIRST);
  takePictures(life, { thumbnail: 'thumb/1-2.webp', thumbnailHash: '00000000000000cc' });
  assert.deepEqual(
    [life.thumbnailHash, life.posterImage, life.posterImageHash],
    ['00000000000000cc', 'poster/1-2.jpg', '00000000000000bb'],
  );
});
