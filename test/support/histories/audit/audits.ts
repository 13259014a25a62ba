import type { AuditPageResult } from '../../../../src/activities/audit/audit-page.ts';
import type { CheckRepairsResult } from '../../../../src/activities/audit/check-repairs.ts';
import type { Activities } from '../../../../src/activities/create-activities.ts';
import { NO_AUDIT_COUNTS } from '../../../../src/clip/audit/report.ts';
import { snowflakeAt } from '../../../../src/clip/snowflake.ts';
import { invalidInput } from '../../../../src/errors.ts';
import { repairSignal } from '../../../../src/workflows/messages.ts';
import { withWorkers } from '../../temporal.ts';
import { until } from '../../wait.ts';
import { CHANNEL, CHANNEL_NAME } from '../a-posted-clip.ts';
import { inTurn } from '../answers.ts';
import { live, viewOf, type Recorder } from '../recorder.ts';

/** The pages go back from this moment, one minute per page. */
const NEWEST_MS = Date.UTC(2023, 9, 1);
/** More pages than one run reads. */
const MANY_PAGES = 52;
/** More channels than one run audits. */
const MANY_CHANNELS = 27;

const CLIP = '1213063181631516641-1213063179848942529';

const pageBack = (minutes: number, more: Partial<AuditPageResult> = {}): AuditPageResult => {
  const id = snowflakeAt(NEWEST_MS - minutes * 60_000);
  const counts = { ...NO_AUDIT_COUNTS, messages: 100, clips: 40, known: 39, started: 1 };
  return { counts, oldest: id, newest: id, open: [], problems: [], hidden: null, ...more };
};
const LAST_PAGE: AuditPageResult = {
  counts: NO_AUDIT_COUNTS,
  oldest: null,
  newest: null,
  open: [],
  problems: [],
  hidden: null,
};

/** Records the audits of channels and of a guild. */
export async function recordAudits({ environment, isWanted, save }: Recorder): Promise<void> {
  async function play(
    name: string,
    { type, input }: { type: string; input: object },
    activities: Partial<Activities>,
  ): Promise<void> {
    if (!isWanted(name)) return;
    await withWorkers(environment, activities, async (taskQueue) => {
      const { workflow } = environment.client;
      const handle = await workflow.start(type, { taskQueue, workflowId: name, args: [input] });
      await handle.result().catch(() => undefined);
      await save(name, handle);
    });
  }

  const ofChannel = { type: 'auditChannel', input: { channelId: CHANNEL } };
  const open = [{ clip: CLIP, fault: 'record' as const }];
  const repaired: CheckRepairsResult = {
    counts: { ...NO_AUDIT_COUNTS, repaired: { records: 1, thumbnails: 0 } },
    open: [],
    problems: [],
  };
  const common: Partial<Activities> = {
    checkChannel: async () => ({ channelName: CHANNEL_NAME }),
    saveAudit: async () => undefined,
    retireChannels: async () => 1,
  };
  const withRepairs = inTurn(pageBack(1), pageBack(2, { open }), LAST_PAGE);
  const checks = inTurn({ ...repaired, open, counts: NO_AUDIT_COUNTS }, repaired);
  await play('audit-channel', ofChannel, {
    ...common,
    auditPage: async () => withRepairs(),
    checkRepairs: async () => checks(),
  });
  const many = inTurn(
    ...Array.from({ length: MANY_PAGES }, (_, page) => pageBack(page + 1)),
    LAST_PAGE,
  );
  await play('audit-channel-continued', ofChannel, { ...common, auditPage: async () => many() });
  const refusal = inTurn(invalidInput(`the bot may not read #${CHANNEL_NAME}`));
  await play('audit-channel-refused', ofChannel, { checkChannel: async () => refusal() });

  const places = Array.from({ length: MANY_CHANNELS }, (_, n) => ({
    channelId: snowflakeAt(NEWEST_MS + n),
    channelName: `${CHANNEL_NAME}-${n}`,
  }));
  const reason = `the bot cannot read #${CHANNEL_NAME}: grant it Read Message History there`;
  await play(
    'audit',
    { type: 'audit', input: { all: true } },
    {
      ...common,
      auditPage: async () => LAST_PAGE,
      findAuditScopes: async () => [{ channelId: CHANNEL }, { guildId: CHANNEL }],
      listAuditPlaces: async ({ scope }) =>
        'guildId' in scope
          ? { readable: places, unreadable: [], next: null }
          : {
              readable: [],
              unreadable: [{ channelId: CHANNEL, channelName: CHANNEL_NAME, reason }],
              next: null,
            },
    },
  );
}

/** Records clips that an audit repairs. With the workflows of an older version, the clip ignores the audit. */
export async function recordRepairs({ clip }: Recorder): Promise<void> {
  await clip('archive-clip-repaired', {
    play: async (handle) => {
      await live(handle);
      const { revision } = await viewOf(handle);
      await handle.signal(repairSignal, { pictures: false });
      await until('its record', async () => (await viewOf(handle)).revision > revision);
      await handle.signal(repairSignal, { pictures: true });
      await until('its thumbnail', async () => {
        const { thumbnail, revision: now } = await viewOf(handle);
        return thumbnail !== undefined && now >= revision + 3;
      });
    },
  });
  await clip('archive-clip-repair-unknown', {
    play: async (handle) => {
      await live(handle);
      await handle.signal(repairSignal, { pictures: true });
    },
  });
}
