import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { say, step } from '../support/report.mjs';
import { createDocker } from './docker.mjs';
import { until } from './until.mjs';

/** The numbers of history shards to compare. */
const SHARD_COUNTS = [16, 64, 512];
const SERVICES = ['temporal', 'postgres'];
const TEMPORAL_PORT = '27333';
/** After its start, the server spends some time on acquiring its shards. */
const SETTLE_MS = 60_000;
const IDLE_MS = 180_000;
const STARTS = 3000;
const CONCURRENT_STARTS = 50;

/**
 * Starts Temporal on PostgreSQL with different numbers of history shards, one after the other. For each number, prints
 * the CPU time and memory of the idle server and of its database, and how many workflows start in a second.
 */
export async function measureShards() {
  for (const shards of SHARD_COUNTS) {
    const folder = await mkdtemp(join(tmpdir(), 'everclip-shards-'));
    const override = join(folder, 'shards.yml');
    await writeFile(
      override,
      `services: { temporal: { environment: { NUM_HISTORY_SHARDS: '${shards}' } } }\n`,
    );
    const { compose } = createDocker({
      isProduction: true,
      project: 'everclip-shards',
      moreFiles: [override],
      settings: { TEMPORAL_PORT },
    });
    try {
      await step({ doing: `starting Temporal with ${shards} shards`, done: 'started' }, () =>
        compose('up', '-d', '--no-build', 'temporal', 'temporal-namespace'),
      );
      await measure(compose, shards);
    } finally {
      await compose('down', '--volumes', '--timeout', '5');
      await rm(folder, { recursive: true });
    }
  }
}

/**
 * @param {import('./docker.mjs').Docker['compose']} compose
 * @param {number} shards
 */
async function measure(compose, shards) {
  const address = `127.0.0.1:${TEMPORAL_PORT}`;
  const client = await until('the namespace is ready', async () => {
    const connection = await Connection.connect({ address });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return new Client({ connection });
  });
  await pause(SETTLE_MS);
  const before = await Promise.all(SERVICES.map((service) => readCpuMs(compose, service)));
  await pause(IDLE_MS);
  for (const [index, service] of SERVICES.entries()) {
    const cpuMs = (await readCpuMs(compose, service)) - (before[index] ?? 0);
    const bytes = await readMemoryBytes(compose, service);
    const percent = ((100 * cpuMs) / IDLE_MS).toFixed(1);
    say(`${shards} shards, idle ${service}: ${percent} % of a core, ${Math.round(bytes / 1e6)} MB`);
  }
  say(`${shards} shards: ${Math.round(await measureStarts(client))} workflow starts a second`);
  await client.connection.close();
}

/**
 * The CPU time that a service's container has used, in milliseconds. Cgroups have two versions, with different files.
 *
 * @param {import('./docker.mjs').Docker['compose']} compose
 * @param {string} service
 */
async function readCpuMs(compose, service) {
  const text = await readFirst(compose, service, 'cpu.stat', 'cpuacct/cpuacct.usage');
  const microseconds = /^usage_usec (\d+)/m.exec(text)?.[1];
  return microseconds === undefined ? Number(text) / 1e6 : Number(microseconds) / 1000;
}

/**
 * The memory that a service's container uses, in bytes.
 *
 * @param {import('./docker.mjs').Docker['compose']} compose
 * @param {string} service
 */
async function readMemoryBytes(compose, service) {
  return Number(
    await readFirst(compose, service, 'memory.current', 'memory/memory.usage_in_bytes'),
  );
}

/**
 * @param {import('./docker.mjs').Docker['compose']} compose
 * @param {string} service
 * @param {...string} names files of the container's cgroup, of which one exists
 */
function readFirst(compose, service, ...names) {
  const command = names.map((name) => `cat /sys/fs/cgroup/${name} 2>/dev/null`).join(' || ');
  return compose('exec', '-T', service, 'sh', '-c', command);
}

/**
 * How many workflows start in a second. No worker runs, so only the server and its database work.
 *
 * @param {Client} client
 */
async function measureStarts(client) {
  let next = 0;
  const startMs = Date.now();
  const startSome = async () => {
    while (next < STARTS) {
      const workflowId = `shards-${next++}`;
      await client.workflow.start('none', { workflowId, taskQueue: 'none' });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_STARTS }, startSome));
  return (1000 * STARTS) / (Date.now() - startMs);
}
