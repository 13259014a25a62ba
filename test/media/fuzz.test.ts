import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { generatedFiles, sharedFiles, sharedMedia } from './support/corpus.ts';
import { mutate, runCase, specimenOf } from './support/fuzz-case.ts';
import { randomOf } from '../support/random.ts';

const CASES = 500;
/** Limits of one case. */
const MAX_CPU_MS = 2000;
/** This limit is larger than three key frames of 8K video together. */
const MAX_READ_BYTES = 24 * 1024 * 1024;

describe(`fuzzing the reader of clips (${sharedMedia ?? 'generated files'})`, () => {
  test(`for each of ${CASES} damaged clips, the reader stays within the limits of CPU time and bytes read`, async (t) => {
    const firstSeed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_000);
    t.diagnostic(
      `seeds ${firstSeed} to ${firstSeed + CASES - 1}; FUZZ_SEED=${firstSeed} repeats them`,
    );
    const shared = sharedFiles('real');
    const specimens = (shared.length > 0 ? shared : await generatedFiles()).map(specimenOf);
    const outcomes = new Set<string>();
    for (let seed = firstSeed; seed < firstSeed + CASES; seed++) {
      const random = randomOf(seed);
      const specimen = specimens[Math.floor(random() * specimens.length)]!;
      const result = await runCase(mutate(specimen, random)).catch((error: unknown) => {
        throw new Error(`seed ${seed}, ${specimen.name}`, { cause: error });
      });
      assert.ok(result.cpuMs < MAX_CPU_MS, `seed ${seed}: ${result.cpuMs} ms`);
      assert.ok(result.readBytes < MAX_READ_BYTES, `seed ${seed}: ${result.readBytes} bytes`);
      outcomes.add(result.outcome);
    }
    assert.ok(outcomes.has('read') && outcomes.size > 3, [...outcomes].join(', '));
  });
});
