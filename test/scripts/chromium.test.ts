import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCheckout, type Run } from './fake-checkout.ts';

const SCRIPT = `
import { ensureChromium } from './setup/ensure-chromium.mjs';
import { runScript } from './support/run-script.mjs';
const isShellEnough = process.argv[2] === 'shell';
await runScript(async () => console.log(await ensureChromium(process.env, { isShellEnough })));
`;

/** Adds npm's playwright-core, whose browser is at `browsers/chrome` once `cli.js` has downloaded the browser. */
async function addPlaywright(checkout: FakeCheckout, isOnline: boolean): Promise<void> {
  const browser = JSON.stringify(checkout.path('browsers/chrome'));
  const folder = 'clone/node_modules/playwright-core';
  await checkout.write(`${folder}/package.json`, '{ "main": "index.js" }');
  await checkout.write(
    `${folder}/index.js`,
    `exports.chromium = { executablePath: () => ${browser} };`,
  );
  await checkout.write(
    `${folder}/cli.js`,
    isOnline
      ? `const fs = require('fs');
         fs.mkdirSync(require('path').dirname(${browser}), { recursive: true });
         fs.writeFileSync(${browser}, process.argv.slice(2).join(' '));`
      : `console.log('getaddrinfo ENOTFOUND'); process.exit(1);`,
  );
  await checkout.write('clone/scripts/find-browser.mjs', SCRIPT);
}

/** Finds Chromium, as commands do that need its windows. */
function find(checkout: FakeCheckout, env: Record<string, string> = {}): Promise<Run> {
  return checkout.run('find-browser', [], env);
}

/** Finds Chromium or its headless shell, as `npm test` does. */
function findForTests(checkout: FakeCheckout): Promise<Run> {
  return checkout.run('find-browser', ['shell']);
}

/** Adds an `apt-get` that has only the named packages, each with one program of its name. */
async function addApt(checkout: FakeCheckout, packages: readonly string[]): Promise<void> {
  await checkout.addProgram('sudo', 'shift; exec "$@"');
  const cases = packages.map((name) => {
    const program = checkout.path(`bin/${name}`);
    return `*' ${name}') printf '#!/bin/sh\\n' > ${program}; chmod +x ${program};;`;
  });
  await checkout.addProgram(
    'apt-get',
    `case "$*" in *update) ;; ${cases.join(' ')} *) echo no such package; exit 100;; esac`,
  );
}

test('if CHROMIUM_PATH is set, the browser tests use that program instead of the Chromium on PATH', async () => {
  await using checkout = await FakeCheckout.create();
  await addPlaywright(checkout, true);
  const onPath = await checkout.addProgram('chromium', 'exit 0');
  const mine = await checkout.addProgram('mine', 'exit 0', 'elsewhere');
  assert.equal((await find(checkout)).stdout.trim(), onPath);
  assert.equal((await find(checkout, { CHROMIUM_PATH: mine })).stdout.trim(), mine);

  const wrong = await find(checkout, { CHROMIUM_PATH: '/nowhere/chromium' });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    /^everclip: CHROMIUM_PATH is \/nowhere\/chromium, which is not an executable file: .*\.$/m,
  );
});

test('the browser tests prefer the headless shell, and what needs windows does not use it', async () => {
  await using checkout = await FakeCheckout.create();
  await addPlaywright(checkout, true);
  const shell = await checkout.addProgram('chromium-headless-shell', 'exit 0');
  const chromium = await checkout.addProgram('chromium', 'exit 0');
  assert.equal((await findForTests(checkout)).stdout.trim(), shell);
  assert.equal((await find(checkout)).stdout.trim(), chromium);
});

test('if Chromium is missing, the set-up installs chromium with apt-get', async () => {
  await using checkout = await FakeCheckout.create();
  await addPlaywright(checkout, false);
  await addApt(checkout, ['chromium', 'chromium-headless-shell']);
  const run = await find(checkout);
  assert.equal(run.code, 0, run.stderr);
  assert.equal(run.stdout.trim(), checkout.path('bin/chromium'));
});

test('for the browser tests, the set-up installs the headless shell, or chromium if there is no such package', async () => {
  for (const packages of [['chromium', 'chromium-headless-shell'], ['chromium']]) {
    await using checkout = await FakeCheckout.create();
    await addPlaywright(checkout, false);
    await addApt(checkout, packages);
    const run = await findForTests(checkout);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout.trim(), checkout.path(`bin/${packages.at(-1)}`));
    if (packages.length === 1) {
      const said =
        /apt-get could not install chromium-headless-shell, so the set-up tries chromium\./;
      assert.match(run.stderr, said);
    }
  }
});

test('if apt-get cannot install Chromium, Playwright downloads its own once', async () => {
  await using checkout = await FakeCheckout.create();
  await addPlaywright(checkout, true);
  await addApt(checkout, []);
  const first = await find(checkout);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(first.stdout.trim(), checkout.path('browsers/chrome'));
  assert.match(first.stderr, /apt-get could not install chromium, so Playwright downloads its own/);

  const second = await find(checkout);
  assert.equal(second.stdout.trim(), checkout.path('browsers/chrome'));
  assert.equal(second.stderr, '');
});

test('if Chromium is missing and cannot be installed, the command exits with 1 and says what to do', async () => {
  await using checkout = await FakeCheckout.create();
  await addPlaywright(checkout, false);
  const run = await find(checkout);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /ENOTFOUND/);
  assert.match(
    run.stderr,
    /^everclip: Chromium is missing, .*CHROMIUM_PATH, then run this again\.$/m,
  );
});
