import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { postClip, untilArchived } from '../support/stack/clips.ts';
import { startStack, type Stack } from '../support/stack/stack.ts';
import { TYPESCRIPT_FLAGS } from '../../scripts/typescript/flags.mjs';

const exec = promisify(execFile);
let stack: Stack<'overtime'>;
let ports: { worker: number; ingest: number };

before(async () => {
  ports = { worker: await freePort(), ingest: await freePort() };
  stack = await startStack({
    channels: ['overtime'],
    leaseSeconds: 12,
    refreshMargin: '4s',
    envOf: {
      worker: { METRICS_ADDRESS: `127.0.0.1:${ports.worker}` },
      ingest: { METRICS_ADDRESS: `127.0.0.1:${ports.ingest}` },
    },
  });
});
after(() => stack.stop());

/** Fetches the metrics of a process. */
async function metricsOf(name: 'worker' | 'ingest'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${ports[name]}/metrics`);
  return await response.text();
}

/** Runs one of the tools for operators. Returns its output and exit code. */
async function runTool(main: string, args: string[] = [], env: Record<string, string> = {}) {
  return await exec(process.execPath, [...TYPESCRIPT_FLAGS, main, ...args], {
    env: { ...stack.env, ...env },
  }).then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    (error: unknown) => error as { stdout: string; stderr: string; code: number },
  );
}

test('worker and ingest serve metrics about clips and Discord requests, without link signatures or the token', async () => {
  const clip = postClip(stack, { channelId: stack.channels.overtime, filenames: ['COMET.mp4'] });
  await untilArchived(stack, [clip]);
  await stack.cli(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', stack.taskQueue],
    ...[
      '--workflow-id',
      'backfill-metrics',
      '--input',
      `{"channelId":"${stack.channels.overtime}"}`,
    ],
  );
  const worker = await stack.until('metrics of a refresh and of a history page', async () => {
    const text = await metricsOf('worker');
    return /everclip_refresh_seconds_left_count\S* [1-9]/.test(text) &&
      text.includes('everclip_history_messages_total')
      ? text
      : null;
  });
  for (const line of [
    /^everclip_ready\S* 1$/m,
    /^everclip_records_written_total\{.*status="live".*\} [1-9]/m,
    /^everclip_thumbnails_total\{.*outcome="made".*\} 1$/m,
    /^everclip_refresh_seconds_left_bucket\{.*le="15".*\} [1-9]/m,
    /^everclip_discord_calls_total\{.*route="GET \/channels\/:id\/messages\/:id".*status="200".*\} [1-9]/m,
    /^everclip_discord_invalid_requests_left\S* 10000$/m,
    /^everclip_clips_started_total\{.*source="backfill".*\} \d/m,
    /^everclip_history_clips_total\{.*outcome="known".*\} [1-9]/m,
    /^temporal_\w+/m,
  ]) {
    assert.match(worker, line);
  }
  const ingest = await metricsOf('ingest');
  for (const line of [
    /^everclip_ready\S* 1$/m,
    /^everclip_clips_started_total\{.*source="live".*\} 1$/m,
    /^everclip_gateway_events_total\{.*type="MESSAGE_CREATE".*\} 1$/m,
    /^everclip_gateway_last_event_seconds\S* \d{10}/m,
    /^everclip_discord_calls_total\{.*route="GET \/gateway\/bot".*status="200".*\} 2$/m,
    /^everclip_discord_invalid_requests_left\S* 10000$/m,
  ]) {
    assert.match(ingest, line);
  }
  // Metrics must not contain link signatures or the token.
  assert.doesNotMatch(worker + ingest, new RegExp(`hm=|${stack.emulator.token}`));
});

test('ingest serves the number of clips and the number of expired links as metrics', async () => {
  await stack.until('the number of clips', async () =>
    /^everclip_clips\{.*state="live".*\} 1$/m.test(await metricsOf('ingest')),
  );
  assert.match(await metricsOf('ingest'), /^everclip_dead_links\S* 0$/m);
});

test('the container health check passes if the process is ready, and fails if no process answers', async () => {
  const health = (port: number) =>
    runTool('src/health/check.ts', [], { METRICS_ADDRESS: `0.0.0.0:${port}` });
  assert.equal((await health(ports.worker)).code, 0);
  assert.equal((await health(ports.ingest)).code, 0);
  assert.equal((await health(await freePort())).code, 1);
});

test('the doctor command exits with 0 if a worker is running, and with 1 if Temporal does not answer', async () => {
  const { stdout, code } = await runTool('src/doctor/main.ts', ['--json']);
  const findings = JSON.parse(stdout) as { check: string; state: string }[];
  assert.equal(findings.find(({ check }) => check === 'workers')?.state, 'ok');
  assert.equal(code, 0);
  const away = await runTool('src/doctor/main.ts', [], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  assert.match(away.stdout, /^FAULT {2}Temporal /m);
  assert.equal(away.code, 1);
  const notStarted = { TEMPORAL_ADDRESS: '', TEMPORAL_PORT: '1' };
  const status = await runTool('src/status/main.ts', [], notStarted);
  assert.match(
    status.stderr,
    /^Everclip is not running.*: start it with npm start, or set TEMPORAL_A/,
  );
  assert.equal(status.code, 1);
});

test('the status screen shows clips, links, backfills, retried activities and failed workflows', async () => {
  await stack.cli(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', stack.taskQueue],
    ...['--workflow-id', 'backfill-wrong', '--input', '{"channelId":"abc"}'],
  );
  stack.emulator.faults.add({ route: 'GET /channels/:id/messages', status: 500, body: {} });
  await stack.cli(
    ...['workflow', 'start', '--type', 'backfill', '--task-queue', stack.taskQueue],
    ...['--workflow-id', 'backfill-slow', '--input', `{"channelId":"${stack.channels.overtime}"}`],
  );
  const screen = await stack.until('both backfills on the screen', async () => {
    const { stdout } = await runTool('src/status/main.ts');
    return stdout.includes('backfill-wrong') && stdout.includes('archiveHistoryPage in')
      ? stdout
      : null;
  });
  assert.match(screen, /^Clips +archiving 0 {3}live 1 {3}unreachable 0$/m);
  assert.match(screen, /^Ended runs +deleted 0 {3}stopped 0 {3}\(a restarted clip has/m);
  assert.doesNotMatch(screen, /fallen behind/);
  assert.match(
    screen,
    /^Links +dead 0 +expiring in 0 to 1 h: 1, in 1 to 6 h: 0, in 6 to 24 h: 0$/m,
  );
  assert.match(screen, /LinkExpiresAt < '\d{4}-.*Z'"$/m);
  assert.match(screen, /^Backfills +backfill-slow: 0 pages, 0 messages, 0 clips/m);
  assert.match(
    screen,
    /^Faults +archiveHistoryPage in backfill-slow: Discord returned a server error/m,
  );
  assert.match(screen, /^Failed +\S+Z backfill backfill-wrong: .*channelId/m);
});
