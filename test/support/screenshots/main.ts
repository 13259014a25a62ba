import { join } from 'node:path';
import { ROOT } from '../../../scripts/support/paths.mjs';
import { say } from '../../../scripts/support/report.mjs';
import { runScript } from '../../../scripts/support/run-script.mjs';
import { openChromium } from '../browser/chromium.ts';
import { serveLibrary } from '../browser/serve-library.ts';
import { startFilledDemo } from './filled-demo.ts';
import { demoShots, keptShots, stateShots } from './shots.ts';
import { checkTotal, takePictures } from './take-pictures.ts';

const FOLDER = join(ROOT, 'docs', 'images');

/** Takes pictures of every page and state of the library. Run `npm run screenshots`, which sets up what this needs. */
await runScript(async () => {
  const demo = await startFilledDemo();
  const browser = await openChromium();
  // The picture of an error needs one.
  const library = await serveLibrary({ logError: () => undefined });
  const showing = await serveLibrary({ settings: { showDeleted: true } });
  let bytes = 0;
  try {
    bytes += await takePictures(browser, FOLDER, demoShots(demo.origin, demo.records));
    bytes += await takePictures(browser, FOLDER, stateShots(library));
    bytes += await takePictures(browser, FOLDER, keptShots(showing));
  } finally {
    await browser.close();
    await library.stop();
    await showing.stop();
    await demo.stop();
  }
  checkTotal(bytes);
  say(`the pictures in ${FOLDER} have ${Math.round(bytes / 1024)} KiB in all`);
});
process.exit();
