import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary: string }[] }[];
}

/** The rules of WCAG 2.2 AA. */
const RUN = `axe.run(document, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  rules: { 'video-caption': { enabled: false } },
})`;

/**
 * Runs axe in the page and returns one line for each violation. The page's own policy stays in force, because the source
 * is evaluated by the debugger. Members' clips have no captions, so that rule is off.
 */
export async function findAxeViolations(page: Page): Promise<string[]> {
  await page.evaluate(SOURCE);
  const { violations } = await page.evaluate<AxeResults>(RUN);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => {
      const summary = failureSummary.replace(/\s+/g, ' ');
      return `${id}: ${help} at ${target.join(' ')} (${summary})`;
    }),
  );
}
