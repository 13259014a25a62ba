import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedToolPath } from '../../scripts/setup/ensure-tool.mjs';
import { FAKE_GCS_SERVER } from '../../scripts/setup/tools.mjs';
import { programEnvironment } from '../../src/config/program-environment.ts';
import { freePort } from './free-port.ts';
import { pause } from './wait.ts';

const TRY_EVERY_MS = 25;
const MAX_TRIES = 400;

export interface FakeGcs {
  apiEndpoint: string;
  createBucket(name: string): Promise<void>;
  /** Returns the object's metadata in the JSON API's format, or null if there is no such object. */
  metadata(bucket: string, key: string): Promise<Record<string, unknown> | null>;
  /** Returns the keys of all objects. */
  list(bucket: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts a fake-gcs-server with one bucket, on a free port and in a temporary folder. */
export async function startFakeGcs(bucketName = 'clips'): Promise<FakeGcs> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-gcs-'));
  const port = await freePort();
  const apiEndpoint = `http://127.0.0.1:${port}`;
  const args = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)];
  args.push('-filesystem-root', folder, '-external-url', apiEndpoint, '-log-level', 'error');
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit'];
  const child = spawn(binaryPath(), args, { stdio, env: programEnvironment() });
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);

  const api = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${apiEndpoint}/storage/v1/b${path}`, init);
  const apiJson = async (path: string, init?: RequestInit): Promise<Record<string, unknown>> => {
    const response = await api(path, init);
    if (!response.ok) {
      throw new Error(`fake-gcs-server answered ${path} with status ${response.status}`);
    }
    return (await response.json()) as Record<string, unknown>;
  };
  const fake: FakeGcs = {
    apiEndpoint,
    createBucket: async (name) => {
      const headers = { 'content-type': 'application/json' };
      await apiJson('', { method: 'POST', headers, body: JSON.stringify({ name }) });
    },
    metadata: async (bucket, key) => {
      const response = await api(`/${bucket}/o/${encodeURIComponent(key)}`);
      return response.ok ? ((await response.json()) as Record<string, unknown>) : null;
    },
    list: async (bucket) => {
      const { items } = (await apiJson(`/${bucket}/o`)) as { items?: { name: string }[] };
      return (items ?? []).map(({ name }) => name);
    },
    stop: async () => {
      process.off('exit', kill);
      if (kill()) await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    for (let tries = 0; !(await isServing(`${apiEndpoint}/storage/v1/b`)); tries++) {
      if (tries > MAX_TRIES || child.exitCode !== null) {
        throw new Error('fake-gcs-server did not start');
      }
      await pause(TRY_EVERY_MS);
    }
    await fake.createBucket(bucketName);
  } catch (error) {
    await fake.stop();
    throw error;
  }
  return fake;
}

function binaryPath(): string {
  const path = process.env.FAKE_GCS_SERVER ?? cachedToolPath(FAKE_GCS_SERVER);
  if (!existsSync(path)) {
    throw new Error(`fake-gcs-server not found at ${path}: run npm test once, which installs it`);
  }
  return path;
}

async function isServing(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  );
}
