// `npm run test:ui`: runs the demo, opens the Web UI in a headless Chromium, and checks that the pages show what an
// operator needs. Prints the folder with pictures of the pages.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from './setup/set-up.mjs';
import { findFreePorts } from './support/find-free-ports.mjs';
import { launchChromium } from './support/launch-chromium.mjs';
import { say } from './support/report.mjs';
import { runScript } from './support/run-script.mjs';
import { checkPages } from './test/check-pages.mjs';
import { startDemo } from './test/start-demo.mjs';

/** The window is wide enough for all columns of the list. */
const VIEWPORT = { width: 2200, height: 1400 };

await runScript(async () => {
  await setUp({ chromium: 'chromium' });
  const folder = await mkdtemp(join(tmpdir(), 'everclip-ui-'));
  const dataDir = join(folder, 'data');
  const [temporalPort = '', webUiPort = '', libraryPort = ''] = await findFreePorts(3);
  const demo = await startDemo(dataDir, {
    TEMPORAL_PORT: temporalPort,
    WEB_UI_PORT: webUiPort,
    LIBRARY_ADDRESS: `127.0.0.1:${libraryPort}`,
  });
  const browser = await launchChromium();
  try {
    await checkPages(await browser.newPage({ viewport: VIEWPORT }), {
      origin: `http://127.0.0.1:${webUiPort}/namespaces/default/workflows`,
      bucket: join(dataDir, 'bucket'),
      pictures: folder,
    });
  } finally {
    await browser.close();
    await demo.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  say(`the pages show what an operator needs; see the pictures in ${folder}`);
});
