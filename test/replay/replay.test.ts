import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { WORKFLOW_TYPES } from '../../src/clip/names.ts';
import * as workflows from '../../src/workflows/index.ts';
import { workflowSource } from '../support/temporal.ts';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));

interface RecordedHistory {
  events: {
    workflowExecutionStartedEventAttributes?: { workflowType: { name: string } };
    activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  }[];
}

const histories = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    workflowId: name,
    history: JSON.parse(readFileSync(`${FOLDER}${name}`, 'utf8')) as RecordedHistory,
  }));

test('every recorded workflow history can be replayed with the current workflow code', async () => {
  const replayed: string[] = [];
  const results = Worker.runReplayHistories(workflowSource(), histories);
  for await (const { workflowId, error } of results) {
    assert.equal(error, undefined, `${workflowId}: ${String(error)}`);
    replayed.push(workflowId);
  }
  assert.deepEqual(replayed.sort(), histories.map(({ workflowId }) => workflowId).sort());
});

test('every workflow type has a recorded history', () => {
  const recorded = histories.map(
    ({ history }) => history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name,
  );
  const types = recorded.map((type) =>
    type !== undefined && type in workflows ? type : 'default',
  );
  assert.deepEqual([...new Set(types)].sort(), Object.keys(workflows).sort());
});

test('the list of workflow types has every workflow, so the status screen reports no known type as unknown', () => {
  const types = Object.keys(workflows).filter((name) => name !== 'default');
  assert.deepEqual([...WORKFLOW_TYPES].sort(), types.sort());
});

test('if a history contradicts the workflow code, the replay fails', async () => {
  const first = histories.find(({ workflowId }) => workflowId === 'archive-clip-deleted-v1.json');
  const broken = structuredClone(first!);
  const scheduled = broken.history.events.find(
    ({ activityTaskScheduledEventAttributes: activity }) => activity,
  );
  assert.ok(scheduled?.activityTaskScheduledEventAttributes);
  scheduled.activityTaskScheduledEventAttributes.activityType.name = 'another';
  for await (const { error } of Worker.runReplayHistories(workflowSource(), [broken])) {
    assert.ok(error, 'replay must be able to fail');
  }
});
