import type { ClipExecution } from '../../src/activities/audit/clip-executions.ts';
import type {
  ActivitySettings,
  CatalogNews,
  ClipNotice,
  Ports,
} from '../../src/activities/ports.ts';
import { type Clip } from '../../src/clip/clip.ts';
import { forgottenKey } from '../../src/clip/forget/people.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { noMetrics } from '../../src/metrics.ts';
import { createFakeBucket, type FakeBucket } from './fakes/bucket.ts';
import { createFakeDiscord, type FakeDiscord } from './fakes/discord.ts';
import { FaultQueue } from './fakes/fault-queue.ts';
import { createFakeMedia, type FakeMedia } from './fakes/media.ts';

export interface FakePorts extends Ports {
  /** What the catalog was told, in order. */
  news: CatalogNews[];
  bucket: FakeBucket;
  discord: FakeDiscord;
  media: FakeMedia;
  /** All clips that were passed to `startClip`, in order. The second start of a clip returns `known`. */
  starts: Clip[];
  /** The lines that were logged outside of activities. */
  warnings: string[];
  /** The `source` of each start, such as `live`. */
  sources: Parameters<Ports['startClip']>[1][];
  beforeStart: FaultQueue;
  /** The clips that were started with `revive`. */
  revived: Clip[];
  /** The clips that were started with `fromRecord`. */
  fromRecords: Clip[];
  /** What the running clips were told, in order. */
  notices: { workflowId: string; notice: ClipNotice; channelId: string }[];
  /** The latest execution of each clip, by the clip's `Id`. */
  clipStates: Map<string, Partial<ClipExecution>>;
  /** What the workflows of clips were told by an audit, in order. */
  told: string[];
  /** The ids of the workflows that were cancelled. */
  cancelled: string[];
  /** The ids of the workflows whose executions were deleted. */
  deleted: string[];
  /** The hashes of people who may have no clip left. */
  tidied: string[];
  /** The inputs of clips' workflows without a record. */
  unrecorded: unknown[];
  /** The inputs of the other clips' workflows, by the `Id` of the clip. */
  inputs: Map<string, unknown>;
}

/**
 * Creates ports in memory for `createActivities`.
 *
 * A test adds faults (`bucket.beforeWrite.add(…)`) and checks what was done (`bucket.writes`, `starts`).
 */
export function createFakePorts(settings: Partial<ActivitySettings> = {}): FakePorts {
  const started = new Set<string>();
  const ports: FakePorts = {
    bucket: createFakeBucket(),
    discord: createFakeDiscord(),
    media: createFakeMedia(),
    news: [],
    catalog: { tell: (news) => void ports.news.push(news) },
    starts: [],
    sources: [],
    beforeStart: new FaultQueue(),
    async startClip(clip, source, { revive = false, fromRecord = false } = {}) {
      await ports.beforeStart.runNext();
      ports.starts.push(clip);
      ports.sources.push(source);
      if (revive) ports.revived.push(clip);
      if (fromRecord) ports.fromRecords.push(clip);
      const id = clipWorkflowId(clip);
      if (started.has(id)) return 'known';
      started.add(id);
      return 'started';
    },
    clipExecutions: {
      async describe(id) {
        return { status: 'none', isNew: false, ...ports.clipStates.get(id) };
      },
      async repair(id, { pictures }) {
        ports.told.push(`repair ${id}${pictures ? ' with pictures' : ''}`);
      },
      async checkNow(id) {
        ports.told.push(`check ${id}`);
      },
    },
    clipStates: new Map(),
    told: [],
    async cancelWorkflow(execution) {
      ports.cancelled.push(execution.workflowId);
    },
    tellClip: async (workflowId, notice, channelId) => {
      ports.notices.push({ workflowId, notice, channelId });
      return true;
    },
    notices: [],
    cancelled: [],
    executions: {
      async deleteAll(workflowId) {
        ports.deleted.push(workflowId);
        return 1;
      },
      async deleteRun({ workflowId }) {
        ports.deleted.push(workflowId);
      },
      async *listUnrecorded() {
        yield* ports.unrecorded;
      },
      async *listOthers(recorded) {
        for (const [id, input] of ports.inputs) if (!recorded.has(id)) yield input;
      },
      async findInput(workflowId) {
        return ports.inputs.get(workflowId.replace('clip-', '')) ?? null;
      },
    },
    deleted: [],
    unrecorded: [],
    inputs: new Map(),
    tidied: [],
    async tidyUserData(hashes) {
      ports.tidied.push(...hashes);
    },
    forgotten: {
      isForgotten: async ({ poster }) => ports.bucket.keys().includes(forgottenKey(poster.id)),
    },
    revived: [],
    fromRecords: [],
    metrics: noMetrics,
    warnings: [],
    log: { warn: (line) => void ports.warnings.push(line) },
    settings: {
      refreshMarginMs: 6 * 60 * 60 * 1000,
      clipRules: {
        types: ['mp4'],
        mediaHosts: ['https://cdn.discordapp.com', 'https://media.discordapp.net'],
      },
      storyboards: true,
      channelIds: [],
      onDelete: 'keep',
      forgottenAfterMs: 0,
      settleMs: 0,
      cdnOrigin: 'https://cdn.discordapp.com',
      ...settings,
    },
  };
  return ports;
}
