import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { parseMarkdown } from './markdown.ts';
import { listRepositoryFiles, readPages } from './repository.ts';

/** An address with a scheme, such as https: or mailto:. */
const EXTERNAL = /^[a-z][a-z+.-]*:/;

describe('links between pages', () => {
  test('every relative link in a Markdown page leads to a file or a folder of the repository', async () => {
    const files = await listRepositoryFiles();
    const broken: string[] = [];
    for (const { page, target, path } of await findInternalLinks()) {
      const exists =
        files.includes(path) || files.some((file) => path === '.' || file.startsWith(`${path}/`));
      if (!exists) broken.push(`${page} links to ${target}, but ${path} does not exist`);
    }
    assert.deepEqual(broken, []);
  });

  test('every link with an anchor in a Markdown page leads to an existing heading', async () => {
    const anchorsOf = new Map(
      (await readPages()).map(({ path, text }) => [path, parseMarkdown(text).anchors]),
    );
    const broken: string[] = [];
    for (const { page, target, path, anchor } of await findInternalLinks()) {
      if (anchor === null || !path.endsWith('.md')) continue;
      if (anchorsOf.get(path)?.has(anchor)) continue;
      broken.push(`${page} links to ${target}, but ${path} has no heading #${anchor}`);
    }
    assert.deepEqual(broken, []);
  });

  test('the anchor that the tests compute for a heading is the same as on GitHub', () => {
    const page = '# A `code` heading: 1, 2 & [3](x.md)\n## Same\n## Same\n```\n# no heading\n```\n';
    const { anchors } = parseMarkdown(page);
    assert.deepEqual([...anchors], ['a-code-heading-1-2--3', 'same', 'same-1']);
  });
});

async function findInternalLinks() {
  return (await readPages()).flatMap(({ path: page, text }) =>
    parseMarkdown(text)
      .linkTargets.filter((target) => !EXTERNAL.test(target))
      .map((target) => {
        const [file = '', anchor = null] = target.split('#');
        const path = posix
          .normalize(posix.join(posix.dirname(page), decodeURI(file)))
          .replace(/\/$/, '');
        return { page, target, path: file === '' ? page : path, anchor };
      }),
  );
}
