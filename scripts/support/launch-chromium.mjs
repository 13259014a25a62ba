import { findChromium, INSTALL_CHROMIUM } from './find-chromium.mjs';
import { ScriptError } from './report.mjs';

/**
 * Chromium's own interface would load its address field as two pages in each window, which costs more CPU time than the
 * pages under test: 1.1 s of 1.4 s for an empty page.
 */
const INTERFACE_FEATURES = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'];
/** What Playwright turns off. Chromium uses only the last `--disable-features`, so ours names these too. */
const PLAYWRIGHT_FEATURES = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
];

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  // Without these arguments, Chromium sends requests of its own.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
  `--disable-features=${[...PLAYWRIGHT_FEATURES, ...INTERFACE_FEATURES].join(',')}`,
];

/**
 * Starts the headless Chromium that the set-up has found or installed.
 *
 * @param {string | null} [program] path of another Chromium
 * @returns {Promise<import('playwright-core').Browser>}
 * @throws {ScriptError} if there is no Chromium, because a test must not pass without one
 */
export async function launchChromium(program = null) {
  const executablePath = program ?? (await findChromium());
  if (executablePath === null) throw new ScriptError(`There is no Chromium: ${INSTALL_CHROMIUM}.`);
  // This import comes after the set-up, which installs the package.
  const { chromium } = await import('playwright-core');
  return await chromium.launch({ executablePath, args: ARGS });
}
