import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listRepositoryFiles, readRepositoryFile } from './repository.ts';

const PAGE = 'docs/design.md';
const HEADING = '## A walk through the code';
/**
 * The design describes how one message, one refresh and one backfill page pass through the code. Together, these
 * walks name at least this many functions.
 */
const MIN_STEPS = 10;

interface Step {
  /** A function, or a method as `Class.method`. */
  name: string;
  path: string;
}

describe('the walk in docs/design.md', () => {
  test('the walk through the code in docs/design.md names at least ten functions with the paths of their files', async () => {
    const steps = findSteps(await readWalk());
    assert.ok(
      steps.length >= MIN_STEPS,
      `"${HEADING}" in ${PAGE} names ${steps.length} functions as \`functionName\` (\`path/file.ts\`), not ${MIN_STEPS}`,
    );
  });

  test('if docs/design.md names a function and its file, the file exists and declares the function', async () => {
    const files = await listRepositoryFiles();
    const wrong: string[] = [];
    for (const { name, path } of findSteps(await readRepositoryFile(PAGE))) {
      const file = files.find((each) => each === path || each === `src/${path}`);
      if (file === undefined) wrong.push(`${path} does not exist`);
      else if (!declares(await readRepositoryFile(file), name)) {
        wrong.push(`${path} does not declare ${name}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('the search for declarations finds functions, constants and methods, but no calls', () => {
    assert.ok(declares('export async function archiveClip(clip: Clip) {}', 'archiveClip'));
    assert.ok(declares('const startClip = (clip) => clip;', 'startClip'));
    assert.ok(declares('class Sweeps {\n  async sweepAll() {\n', 'Sweeps.sweepAll'));
    assert.ok(declares('return {\n    refetch: async (input) => {\n', 'refetch'));
    assert.ok(
      !declares('  await saveRecord(run);\n  // function of the name: saveRecord', 'saveRecord'),
    );
    assert.ok(!declares('class Places {\n  async sweepAll() {\n', 'Sweeps.sweepAll'));
  });
});

/** Returns the walk's section of the page. The section ends at the next heading of the same level. */
async function readWalk(): Promise<string> {
  const page = await readRepositoryFile(PAGE);
  const start = page.indexOf(`\n${HEADING}\n`);
  assert.notEqual(start, -1, `${PAGE} has no section "${HEADING}": write it`);
  const section = page.slice(start + HEADING.length + 2);
  return section.split(/^## /m)[0] ?? '';
}

function findSteps(walk: string): Step[] {
  const steps = walk.matchAll(/`(?<name>[A-Za-z_$][\w$.]*)(?:\(\))?`\s+\(`(?<path>[\w./-]+\.ts)`/g);
  return [...steps].map(({ groups }) => ({ name: groups?.name ?? '', path: groups?.path ?? '' }));
}

/** True if the source declares the function, or the class and the method. */
function declares(source: string, name: string): boolean {
  return name.split('.').every((part) =>
    [
      new RegExp(
        `^ *(?:export )?(?:abstract )?(?:async )?(?:function\\*?|class|const) ${part}\\b`,
        'm',
      ),
      // These patterns match a method, or a property that holds a function. The name must be at the start of the line,
      // so a call after `await` does not count.
      new RegExp(`^ +(?:static |async )*#?${part}(?:<[^>]*>)?\\([^;]*$`, 'm'),
      new RegExp(`^ +${part}: (?:async )?(?:function\\b|\\(|\\w+ =>)`, 'm'),
    ].some((declaration) => declaration.test(source)),
  );
}
