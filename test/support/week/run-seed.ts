import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { startStack, type Stack } from '../stack/stack.ts';
import { pause } from '../wait.ts';
import type { ActionContext } from './club/actions.ts';
import { foundClub, type Club } from './club/club.ts';
import { makeVideos } from './club/videos.ts';
import { Dice } from './dice.ts';
import { createBucketReader } from './truth/bucket-content.ts';
import { listExecutions } from './truth/executions.ts';
import { judge, type Outcome } from './truth/judge.ts';
import { trueClips } from './truth/true-clips.ts';
import { Conditions } from './trouble/conditions.ts';
import type { FaultContext } from './trouble/faults.ts';

/** A running system, and the server whose week it archives. */
export interface Week extends ActionContext, FaultContext {
  readonly stack: Stack;
  /** Reads what Everclip has made so far. */
  readonly look: () => Promise<Outcome>;
  /** Returns a sentence for each difference between the truth and what Everclip has made so far. */
  readonly findDifferences: () => Promise<string[]>;
  /** The number of faults so far, by name. */
  readonly faults: Map<string, number>;
}

export interface WeekOptions {
  readonly seed: number;
  /** See `ActionContext.isCareful`. */
  readonly isCareful: boolean;
  /** True to run what `npm run build` made instead of the sources. */
  readonly isBuilt?: boolean;
}

export interface WeekResult {
  /** A sentence for each difference that remained. */
  readonly differences: readonly string[];
  readonly messages: number;
  readonly clips: number;
  readonly deletedClips: number;
  readonly faults: ReadonlyMap<string, number>;
  /** What happened as the docs say, but is worth knowing. */
  readonly notes: readonly string[];
}

/** The name of the stack's bucket. */
const BUCKET = 'clips';
const POLL_MS = 2500;
/** When everything seems right, a late duplicate gets this time to appear, in milliseconds. */
const CALM_MS = 2000;

/**
 * Starts Everclip and founds a server, calls `live`, and stops everything. The worker and ingest are not running when
 * `live` is called.
 */
export async function withWeek<T>(
  { seed, isCareful, isBuilt = false }: WeekOptions,
  live: (week: Week) => Promise<T>,
): Promise<T> {
  const stack = await startStack({
    channels: [],
    processes: [],
    isBuilt,
    env: { CLIP_TYPES: 'mp4,mov,webm,mkv,m4v', DISCORD_REQUESTS_PER_SECOND: '200' },
  });
  try {
    const folder = join(stack.folder, 'videos');
    mkdirSync(folder);
    const { emulator } = stack;
    const club = foundClub(emulator, emulator.guilds[0]!.id, await makeVideos(folder));
    const readBucket = createBucketReader(stack.bucket.apiEndpoint, BUCKET);
    const look = async (): Promise<Outcome> => ({
      objects: await readBucket(),
      executions: await listExecutions(stack.temporal),
    });
    const conditions = new Conditions();
    return await live({
      stack,
      club,
      dice: new Dice(seed),
      conditions,
      isCareful,
      look,
      findDifferences: async () => await judge(club, conditions, await look()),
      faults: new Map(),
    });
  } finally {
    await stack.stop();
  }
}

/** Runs one of the faults, and counts it. */
export async function runFault<Name extends string>(
  week: Week,
  faults: Readonly<
    Record<Name, (context: FaultContext, meanwhile: () => Promise<void>) => Promise<void>>
  >,
  name: Name,
  meanwhile: () => Promise<void>,
): Promise<void> {
  week.faults.set(name, (week.faults.get(name) ?? 0) + 1);
  await faults[name](week, meanwhile);
}

/** Makes all running clips fetch their messages, as every clip does once a day. */
export async function refreshAll({ stack }: Week): Promise<void> {
  const query = "WorkflowType = 'archiveClip' AND ExecutionStatus = 'Running'";
  for await (const { workflowId } of stack.temporal.workflow.list({ query })) {
    // A clip that ends meanwhile needs no refresh.
    await stack.temporal.workflow
      .getHandle(workflowId)
      .signal('refreshNow')
      .catch(() => undefined);
  }
}

/** Returns the revisions of the records that exist, by the id of the clip. */
export async function revisions({ look }: Week): Promise<Map<string, number>> {
  const { objects } = await look();
  const found = new Map<string, number>();
  for (const [key, { bytes }] of objects) {
    if (!key.startsWith('messages/')) continue;
    const { Id, Revision } = JSON.parse(bytes.toString()) as { Id: string; Revision: number };
    found.set(Id, Revision);
  }
  return found;
}

/**
 * Waits until nothing differs from the truth and each running clip was refreshed since `before`. Gives up if nothing
 * has changed for `stallMs`, because a busy machine may need long to make all pictures. Returns the differences that
 * remain.
 */
export async function settle(
  week: Week,
  before: ReadonlyMap<string, number>,
  stallMs: number,
): Promise<string[]> {
  const find = async (): Promise<string[]> => {
    const now = await revisions(week);
    const stale = trueClips(week.club)
      .filter(({ id, exists }) => exists && before.has(id) && before.get(id) === now.get(id))
      .map(({ id }) => `clip ${id} was not refreshed`);
    return [...(await week.findDifferences()), ...stale];
  };
  let differences = await find();
  let changedAtMs = Date.now();
  while (differences.length > 0 && Date.now() - changedAtMs < stallMs) {
    await pause(POLL_MS);
    const found = await find();
    if (found.join() !== differences.join()) changedAtMs = Date.now();
    differences = found;
  }
  if (differences.length > 0) return differences;
  await pause(CALM_MS);
  return await find();
}

/** Returns the result of the week. `differences` are those that remain. */
export function resultOf(
  { club, faults }: Pick<Week, 'club' | 'faults'>,
  differences: readonly string[],
  notes: readonly string[] = [],
): WeekResult {
  const clips = trueClips(club);
  return {
    differences,
    messages: club.ledger.entries.length,
    clips: clips.length,
    deletedClips: clips.filter(({ exists }) => !exists).length,
    faults,
    notes,
  };
}

/** Checks that the ledger agrees with the emulator, which is the truth. @throws Error if it does not */
export function checkLedger({ emulator, ledger }: Club): void {
  const inWorld = emulator.channels.flatMap(({ id }) => emulator.messages(id));
  const existing = new Map(ledger.existing.map((entry) => [entry.messageId, entry]));
  if (existing.size !== inWorld.length) throw new Error('the ledger has other messages');
  for (const message of inWorld) {
    const noted = existing.get(message.id)?.versions.at(-1)?.message;
    if (noted === undefined || withoutSignatures(noted) !== withoutSignatures(message)) {
      throw new Error(`the ledger has another version of message ${message.id}`);
    }
  }
}

/** Links are signed again for each answer. */
function withoutSignatures(message: object): string {
  return JSON.stringify(message).replace(/\?ex=[^"]*/g, '');
}
