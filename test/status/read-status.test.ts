import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { AuditPageResult } from '../../src/activities/audit/audit-page.ts';
import type { Activities } from '../../src/activities/create-activities.ts';
import { NO_AUDIT_COUNTS } from '../../src/clip/audit/report.ts';
import { accessLost, serviceFailed } from '../../src/errors.ts';
import { startClip } from '../../src/start-clip.ts';
import { readStatus, type Status } from '../../src/status/read-status.ts';
import { formatScreen } from '../../src/status/screen.ts';
import { refreshNowSignal, sweepNowSignal } from '../../src/workflows/messages.ts';
import { auditWorkflowId, clipWorkflowId } from '../../src/clip/names.ts';
import { aClip, fakeActivities } from '../support/fake-activities.ts';
import { createGate } from '../support/gate.ts';
import { startTemporal, withWorkers } from '../support/temporal.ts';
import { until } from '../support/wait.ts';

const HOUR = 60 * 60;
/** No link of these tests is overdue. */
const marginMs = 1000;
const CHANNEL = '1196521684992000058';

describe('readStatus', () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await startTemporal();
  });
  after(() => environment.teardown());

  test('if link refreshes and channel sweeps keep failing, the status shows the reasons', async () => {
    const { activities } = fakeActivities({
      refetch: () => {
        throw serviceFailed('Discord is down');
      },
    });
    const archiveHistoryPage = () => {
      throw serviceFailed('no history page');
    };
    await withWorkers(environment, { ...activities, archiveHistoryPage }, async (taskQueue) => {
      const { client } = environment;
      await startClip(client, aClip(), { source: 'live', taskQueue });
      for (const leaseSeconds of [HOUR / 2, 4 * HOUR]) {
        const clip = aClip({ leaseSeconds });
        await startClip(client, clip, { source: 'live', taskQueue });
        await client.workflow.getHandle(clipWorkflowId(clip)).signal(refreshNowSignal);
      }
      await client.workflow.signalWithStart('sweep', {
        taskQueue,
        workflowId: 'sweep-1',
        signal: sweepNowSignal,
        args: [{ channelId: CHANNEL, channelName: 'overtime', after: CHANNEL, untilQuiet: false }],
      });
      const faultIn = ({ pending }: Status, name: string) =>
        pending.find(({ activity }) => activity === name);
      const status = await until('all faults', async () => {
        const now = await readStatus(client, { marginMs: 6 * HOUR * 1000, taskQueue });
        const isComplete =
          faultIn(now, 'archiveHistoryPage') && faultIn(now, 'refetch')?.workflows === 2;
        return isComplete ? now : null;
      });
      assert.equal(faultIn(status, 'refetch')?.reason, 'Discord is down');
      assert.deepEqual(faultIn(status, 'archiveHistoryPage'), {
        activity: 'archiveHistoryPage',
        reason: 'no history page',
        workflows: 1,
        example: 'sweep-1',
      });
      for await (const { workflowId } of client.workflow.list())
        await client.workflow.getHandle(workflowId).terminate();
    });
  });

  test('if the task of a workflow keeps failing, the status names the workflow and the reason', async () => {
    const { activities } = fakeActivities();
    const { client } = environment;
    await withWorkers(environment, activities, async (taskQueue) => {
      const workflowId = 'wrong-type';
      await client.workflow.start('backfil', { taskQueue, workflowId });
      const reason =
        'unknown workflow type backfil: terminate the workflow and correct the type, or update the workers if a newer version has this type';
      const fault = await until('the fault', async () => {
        const { pending } = await readStatus(client, { marginMs, taskQueue });
        return pending.find(({ example }) => example === workflowId) ?? null;
      });
      assert.deepEqual(fault, {
        activity: 'workflow task',
        reason,
        workflows: 1,
        example: workflowId,
      });
      await client.workflow.getHandle(workflowId).terminate();
    });
  });

  test('the status lists a backfill of a guild before the backfills that it has started', async () => {
    const { client } = environment;
    const ids = [1, 2, 3, 4].map((n) => `119652168499200006${n}`);
    const { open: release, opened: held } = createGate();
    const activities: Partial<Activities> = {
      checkChannel: async () => ({ channelName: 'overtime' }),
      listPlaces: async () => ({
        readable: ids.map((channelId) => ({ channelId, channelName: 'overtime' })),
        unreadable: 0,
        reasons: [],
        next: null,
      }),
      archiveHistoryPage: async () => {
        await held;
        return { messages: 0, clips: 0, started: 0, known: 0, oldest: null, newest: null };
      },
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const workflowId = 'backfill-everything';
      const args = [{ all: true }];
      const handle = await client.workflow.start('backfill', { taskQueue, workflowId, args });
      const backfills = await until('three children', async () => {
        const now = await readStatus(client, { marginMs, taskQueue });
        return now.backfillCount === 4 && now.backfills.length === 4 ? now.backfills : null;
      });
      assert.equal(backfills[0]?.workflowId, workflowId);
      const { progress } = backfills[0];
      assert.ok(typeof progress === 'object');
      assert.deepEqual([progress.places?.found, progress.places?.done], [4, 0]);
      release();
      await handle.result();
    });
  });

  test('the status lists a running audit before the audit of its current channel, each with its counts', async () => {
    const { client } = environment;
    const channelId = '1196521684992000071';
    const { open: allow, opened: allowed } = createGate();
    const { open: release, opened: held } = createGate();
    let pages = 0;
    const page = (messages: number, oldest: string | null): AuditPageResult => ({
      counts: { ...NO_AUDIT_COUNTS, messages, clips: messages, known: messages },
      oldest,
      newest: oldest,
      open: [],
      problems: [],
    });
    const activities: Partial<Activities> = {
      findAuditScopes: async () => [{ channelId }],
      listAuditPlaces: async () => ({
        readable: [{ channelId, channelName: 'overtime' }],
        unreadable: [],
        next: null,
      }),
      checkChannel: async () => {
        await allowed;
        return { channelName: 'overtime' };
      },
      auditPage: async () => {
        pages += 1;
        if (pages === 1) return page(100, CHANNEL);
        await held;
        return page(0, null);
      },
      saveAudit: async () => {},
    };
    await withWorkers(environment, activities, async (taskQueue) => {
      const workflowId = 'audit-1';
      const args = [{ channelId }];
      const handle = await client.workflow.start('audit', { taskQueue, workflowId, args });
      const audits = (what: string, isDone: (status: Status) => boolean) =>
        until(what, async () => {
          const now = await readStatus(client, { marginMs, taskQueue });
          return now.auditCount === 2 && now.audits.length === 2 && isDone(now) ? now.audits : null;
        });
      try {
        const [first, child] = await audits('the audit of the channel', (now) =>
          now.audits.every((each) => typeof each.progress === 'object'),
        );
        assert.equal(first?.workflowId, workflowId);
        assert.ok(typeof first.progress === 'object');
        assert.equal(first.progress.channels, 0);
        const progress = { ...NO_AUDIT_COUNTS };
        assert.deepEqual(child, { workflowId: auditWorkflowId(channelId), progress });
        allow();
        await audits('a page', (now) => {
          const counted = now.audits[1]?.progress;
          return typeof counted === 'object' && counted.messages === 100;
        });
      } finally {
        // Otherwise, the worker would wait for these activities forever.
        allow();
        release();
      }
      await handle.result();
    });
  });

  test('the status shows the cause of a failed backfill', async () => {
    const checkChannel = () => {
      throw accessLost({ route: 'GET /channels/1' });
    };
    const { client } = environment;
    await withWorkers(environment, { checkChannel }, async (taskQueue) => {
      const workflowId = 'backfill-denied';
      const args = [{ channelId: CHANNEL }];
      const handle = await client.workflow.start('backfill', { taskQueue, workflowId, args });
      await assert.rejects(handle.result());
      const failed = await until('the failure', async () => {
        const now = await readStatus(client, { marginMs, taskQueue });
        return now.failed.find((each) => each.workflowId === workflowId) ?? null;
      });
      assert.match(failed.reason, /^the bot has no access to this channel: grant it View Channel/);
    });
  });

  test('if a clip was stopped and restarted, the status counts the clip once and counts its ended run separately', async () => {
    const { activities } = fakeActivities();
    const { client } = environment;
    await withWorkers(environment, activities, async (taskQueue) => {
      const clip = aClip();
      await startClip(client, clip, { source: 'live', taskQueue });
      const handle = client.workflow.getHandle(clipWorkflowId(clip));
      await handle.cancel();
      await assert.rejects(handle.result());
      await startClip(client, clip, { source: 'backfill', taskQueue });
      const status = await until('the restarted clip', async () => {
        const now = await readStatus(client, { marginMs, taskQueue });
        // Each state has a query of its own, so a clip that becomes live meanwhile is counted twice.
        const { archiving, live, unreachable } = now.clips;
        const hasSettled = live === 1 && archiving + live + unreachable === 1;
        return now.endedRuns.stopped === 1 && hasSettled ? now : null;
      });
      const [counts, ended] = formatScreen(status).split('\n').slice(2);
      assert.equal(counts, 'Clips       archiving 0   live 1   unreachable 0');
      assert.match(
        ended ?? '',
        /^Ended runs {2}deleted 0 {3}stopped 1 {3}\(a restarted clip has more/,
      );
      await client.workflow.getHandle(clipWorkflowId(clip)).terminate();
    });
  });

  test('the status counts links without a readable expiry apart, because they never count as dead', async () => {
    const { activities } = fakeActivities();
    const { client } = environment;
    await withWorkers(environment, activities, async (taskQueue) => {
      const url = 'https://cdn.discordapp.com/attachments/1/2/COMET.mp4?ex=tomorrow';
      const clips = [aClip({ url }), aClip({ url }), aClip()];
      for (const clip of clips) await startClip(client, clip, { source: 'live', taskQueue });
      const status = await until('both links', async () => {
        const now = await readStatus(client, { marginMs, taskQueue });
        return now.linksWithoutExpiry === 2 ? now : null;
      });
      assert.equal(status.deadLinks, 0);
      assert.match(formatScreen(status), /\n +2 without a readable expiry/);
      assert.doesNotMatch(formatScreen({ ...status, linksWithoutExpiry: 0 }), /without an expiry/);
      for (const clip of clips) await client.workflow.getHandle(clipWorkflowId(clip)).terminate();
    });
  });
});
