import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.mjs';
import { ENCODERS } from '../../src/media/ffmpeg/decode.ts';
import { SCENES, soundOf } from '../../src/local/demo/scenes.ts';
import { pictureFilter, spriteFilter } from '../../src/media/ffmpeg/filter.ts';
import { VIDEO_DECODERS } from '../../src/media/ffmpeg/limits.ts';
import { surveyFilter } from '../../src/media/ffmpeg/survey.ts';
import { readRepositoryFile } from '../docs/repository.ts';

/** Filters and sources are followed by their options, a comma, the next label or the end. */
const FILTER_NAME = /(?<=^|[\],])[a-z]\w*(?==|,|\[|$)/g;

test('every stage of the image starts from the same Node, whose tag is an exact version', async () => {
  const dockerfile = await readRepositoryFile('Dockerfile');
  assert.match(dockerfile, /^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim$/m);
  const stages = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  assert.deepEqual(stages, ['${NODE_IMAGE}', '${NODE_IMAGE}', '${NODE_IMAGE}']);
});

test("the image's Node is one of the versions that CI tests", async () => {
  const [, major = ''] = /NODE_IMAGE=node:(\d+)/.exec(await readRepositoryFile('Dockerfile')) ?? [];
  const workflow = await readRepositoryFile('.github/workflows/ci.yml');
  const [, versions = ''] = /^ +node: \[(.+)\]$/m.exec(workflow) ?? [];
  assert.ok(versions.split(', ').includes(major), major);
});

test('docs/operations.md names the image of Node that the Dockerfile uses', async () => {
  const [, image = ''] = /NODE_IMAGE=(\S+)/.exec(await readRepositoryFile('Dockerfile')) ?? [];
  const page = await readRepositoryFile('docs/operations.md');
  const named = [...page.matchAll(/\bnode:[\w.-]+/g)].map(([name]) => name);
  assert.deepEqual(new Set(named), new Set([image]));
});

test("the image's ffmpeg reads only the two demuxers that Everclip names, and only local files", async () => {
  const script = await readRepositoryFile('deploy/build-ffmpeg.sh');
  assert.deepEqual(listOf(script, 'demuxers'), ['mov', 'matroska']);
  assert.match(script, /--disable-everything --disable-autodetect --disable-network/);
  assert.deepEqual(
    [...script.matchAll(/--enable-protocol=(\S+)/g)].map(([, name]) => name),
    ['file'],
  );
});

test("the image's ffmpeg has exactly the video decoders that Everclip allows", async () => {
  // These decoders replace others in other builds of ffmpeg.
  const alternatives = ['libopenh264', 'libaom-av1'];
  const built = listOf(await readRepositoryFile('deploy/build-ffmpeg.sh'), 'decoders');
  assert.deepEqual([...built, ...alternatives].sort(), [...VIDEO_DECODERS].sort());
});

test("the image's ffmpeg has every encoder and every filter that thumbnails and storyboards need", async () => {
  const script = await readRepositoryFile('deploy/build-ffmpeg.sh');
  for (const [format, { name }] of Object.entries(ENCODERS)) {
    assert.ok(listOf(script, 'encoders').includes(name), `${name} for ${format}`);
  }
  const graphs = (['webp', 'png', 'jpeg'] as const).flatMap((format) =>
    (['pq', 'hlg', null] as const).map((hdr) => {
      const colours = { hdr, assumesBt709: true };
      return pictureFilter({ stream: 0, skipFrames: 1, format, colours, canToneMap: true });
    }),
  );
  const sprites = (['pq', 'hlg', null] as const).map((hdr) =>
    spriteFilter({ colours: { hdr, assumesBt709: true }, canToneMap: true }),
  );
  const filters = [...graphs, ...sprites, surveyFilter(0, 2)].flatMap(filterNames);
  for (const name of ['scale', 'tonemap', 'select', 'setparams', 'settb', 'fps', 'pad', 'tile'])
    assert.ok(filters.includes(name), name);
  const built = listOf(script, 'filters');
  assert.deepEqual(
    [...new Set(filters)].filter((name) => !built.includes(name)),
    [],
  );
});

test("the image's ffmpeg has every filter and every encoder with which the demo makes its clips", async () => {
  const script = await readRepositoryFile('deploy/build-ffmpeg.sh');
  const graphs = SCENES.flatMap(({ picture, tune }) => [
    picture,
    tune === null ? '' : soundOf(tune),
  ]);
  const used = [...new Set(graphs.flatMap(filterNames))];
  for (const name of ['gradients', 'geq', 'overlay', 'aevalsrc'])
    assert.ok(used.includes(name), name);
  const built = [...listOf(script, 'filters'), ...listOf(script, 'sources')];
  assert.deepEqual(
    used.filter((name) => !built.includes(name)),
    [],
  );
  const encoders = listOf(script, 'encoders');
  const needed = [
    'libx264',
    'aac',
    'png',
    'rawvideo',
    ...SCENES.flatMap(({ codec }) => codec ?? []),
  ];
  assert.deepEqual(
    needed.filter((name) => !encoders.includes(name)),
    [],
  );
});

test('the build of the image gets only the files that the Dockerfile copies', async () => {
  const ignored = await readRepositoryFile('.dockerignore');
  const [first, ...sent] = ignored.trim().split('\n');
  assert.equal(first, '*');
  const dockerfile = await readRepositoryFile('Dockerfile');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );
  assert.deepEqual(sent.map((line) => line.replace(/^!/, '')).sort(), copied.sort());
  assert.ok((await readdir(join(ROOT, 'deploy'))).includes('build-ffmpeg.sh'));
});

/** Returns a list such as `decoders=h264,hevc` of the build script. */
function listOf(script: string, name: string): string[] {
  return (new RegExp(`^${name}=(.+)$`, 'm').exec(script)?.[1] ?? '').split(',');
}

/** Returns the names of the filters in a filter graph without quoted commas, such as `[0:0]scale=1:2,format=gray[x]`. */
function filterNames(graph: string): string[] {
  return graph
    .replaceAll(/'[^']*'/g, '')
    .split(';')
    .flatMap((chain) => chain.match(FILTER_NAME) ?? []);
}
