import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCheckout } from './fake-checkout.ts';

test('if FFMPEG_PATH is set, the set-up uses that program instead of the ffmpeg on PATH', async () => {
  await using checkout = await FakeCheckout.create();
  const mine = await checkout.addProgram('mine', 'exit 0', 'elsewhere');
  const run = await checkout.start({ FFMPEG_PATH: mine });
  assert.equal(run.env().FFMPEG_PATH, mine);
  assert.equal(run.env().FFPROBE_PATH, checkout.path('bin/ffprobe'));

  const wrong = await checkout.start({ FFMPEG_PATH: '/nowhere/ffmpeg' });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    /^everclip: FFMPEG_PATH is \/nowhere\/ffmpeg, which is not an executable file: .*\.$/m,
  );
});

test('if ffprobe and apt-get are missing, npm start exits with 1 and says what to do', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.removeProgram('ffprobe');
  const run = await checkout.start();
  assert.equal(run.code, 1);
  assert.match(
    run.stderr,
    /^everclip: ffmpeg and ffprobe are missing, .*FFMPEG_PATH and FFPROBE_PATH.*\.$/m,
  );
});

test('if ffmpeg is missing, the set-up installs ffmpeg with apt-get and hides what apt-get prints', async () => {
  await using checkout = await FakeCheckout.create();
  await checkout.removeProgram('ffmpeg');
  const ffmpeg = checkout.path('bin/ffmpeg');
  await checkout.addProgram('sudo', 'shift; exec "$@"');
  await checkout.addProgram(
    'apt-get',
    `case "$*" in *ffmpeg) printf '#!/bin/sh\\n' > ${ffmpeg}; chmod +x ${ffmpeg};; esac; echo noise`,
  );
  const run = await checkout.start();
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.env().FFMPEG_PATH, ffmpeg);
  assert.match(run.stderr, /installed ffmpeg in /);
  assert.doesNotMatch(run.stderr, /noise/);
  assert.equal((await checkout.readCalls('apt-get')).length, 2);
});
