import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface FakeGcs {
  apiEndpoint: string;
  createBucket(name: string): Promise<void>;
  /** The object's metadata as the JSON API gives it, or null. */
  metadata(bucket: string, key: string): Promise<Record<string, unknown> | null>;
  /** Keys of a bucket. */
  list(bucket: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts the real fake-gcs-server on a free port, with one bucket, in a temporary folder. */
export async function startFakeGcs(bucketName = 'clips'): Promise<FakeGcs> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-gcs-'));
  const port = await freePort();
  const apiEndpoint = `http://127.0.0.1:${port}`;
  const args = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)];
  args.push('-filesystem-root', folder, '-external-url', apiEndpoint, '-log-level', 'error');
  const child = spawn(binary(), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);

  const api = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${apiEndpoint}/storage/v1/b${path}`, init);
  const ok = async (path: string, init?: RequestInit): Promise<Record<string, unknown>> => {
    const response = await api(path, init);
    if (!response.ok) throw new Error(`fake-gcs-server answers ${response.status} to ${path}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const fake: FakeGcs = {
    apiEndpoint,
    createBucket: async (name) => {
      const headers = { 'content-type': 'application/json' };
      await ok('', { method: 'POST', headers, body: JSON.stringify({ name }) });
    },
    metadata: async (bucket, key) => {
      const response = await api(`/${bucket}/o/${encodeURIComponent(key)}`);
      return response.ok ? ((await response.json()) as Record<string, unknown>) : null;
    },
    list: async (bucket) => {
      const { items } = (await ok(`/${bucket}/o`)) as { items?: { name: string }[] };
      return (items ?? []).map(({ name }) => name);
    },
    stop: async () => {
      process.off('exit', kill);
      if (kill()) await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    for (let tries = 0; !(await answers(`${apiEndpoint}/storage/v1/b`)); tries++) {
      if (tries > 400 || child.exitCode !== null) throw new Error('fake-gcs-server did not start');
      await delay(25);
    }
    await fake.createBucket(bucketName);
  } catch (error) {
    await fake.stop();
    throw error;
  }
  return fake;
}

function binary(): string {
  const known = '.cache/everclip/bin/fake-gcs-server-1.56.1/fake-gcs-server';

  const path = process.env.FAKE_GCS_SERVER ?? join(homedir(), known);
  if (!existsSync(path)) {
    throw new Error(`no fake-gcs-server at ${path}: build it and name it in FAKE_GCS_SERVER`);
  }
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );
