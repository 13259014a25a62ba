import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The HTML is the same in all themes. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block'];
/** A page in a frame of another page has no heading and no landmarks of its own. */
const PAGE_RULES = ['landmark-one-main', 'page-has-heading-one', 'region'];

/**
 * Runs the rules of WCAG 2.2 AA and axe's best practices in the page, and returns one line for each violation.
 * With `onlyColors`, runs only the rules that depend on a theme. The page's own policy stays in force, because the source
 * is evaluated by the debugger. Members' clips have no captions, so that rule is off.
 */
export async function findAxeViolations(
  page: Page,
  { isFramed = false, onlyColors = false }: { isFramed?: boolean; onlyColors?: boolean } = {},
): Promise<string[]> {
  const disabled = ['video-caption', ...(isFramed ? PAGE_RULES : [])];
  const options = {
    runOnly: onlyColors ? COLOR_RULES : [...WCAG, 'best-practice'],
    rules: Object.fromEntries(disabled.map((rule) => [rule, { enabled: false }])),
    resultTypes: ['violations'],
  };
  await page.evaluate(SOURCE);
  // Everything that passed would be most of the answer, and take longer to send than the rules take.
  const violations = await page.evaluate<Violation[]>(
    `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => {
      const summary = failureSummary.replace(/\s+/g, ' ');
      return `${id}: ${help} at ${target.join(' ')} (${summary})`;
    }),
  );
}
