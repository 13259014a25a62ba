import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  ConfigError,
  loadConfig,
  namesTemporal,
  needsDiscord,
  parseConfig,
} from '../src/config.ts';
import { programEnvironment } from '../src/config/program-environment.ts';
import { listSecretFiles } from '../src/config/secret-files.ts';

/** Returns the lines of the ConfigError, or none if the settings are valid. */
function faultsOf(env: Record<string, string>): string[] {
  try {
    parseConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
  return [];
}

describe('settings', () => {
  test('if the environment is empty, all settings have their documented defaults', () => {
    assert.deepEqual(parseConfig({}), {
      token: null,
      channelIds: [],
      excludeChannelIds: [],
      guildIds: [],
      bucketName: null,
      gcsApiEndpoint: null,
      temporalEnv: {},
      taskQueue: 'clips',
      workerQueues: ['main', 'media', 'discord'],
      discordApiUrl: 'https://discord.com/api',
      discordWebUrl: 'https://discord.com',
      demoDiscordUrl: null,
      demoBucketUrl: null,
      demo: { historyClips: 36, leaseMs: 60_000 },
      mediaHosts: ['https://cdn.discordapp.com', 'https://media.discordapp.net'],
      refreshMarginMs: 21_600_000,
      auditEveryMs: 604_800_000,
      clipTypes: ['mp4'],
      thumbnailFormat: 'webp',
      storyboards: true,
      onDelete: 'keep',
      maxMediaBytes: 536_870_912,
      discordRequestsPerSecond: 40,
      logLevel: 'info',
      metricsAddress: null,
      healthAddress: null,
      databaseUrl: null,
      library: {
        address: '127.0.0.1:8240',
        url: null,
        publishedAddress: null,
        name: 'Clips',
        timeZone: 'UTC',
        access: 'public',
        channelIds: [],
        showDeleted: false,
      },
      webUiPort: 8233,
      temporalPort: 7233,
      temporalCli: 'temporal',
      ffmpegPath: 'ffmpeg',
      ffprobePath: 'ffprobe',
      workflowBundle: null,
      dataDir: resolve('./data'),
      secretFiles: [resolve('.env')],
    });
  });

  test('an empty or blank variable counts as not set', () => {
    const names = ['TOKEN', 'CHANNEL_IDS', 'BUCKET_NAME', 'GCS_API_ENDPOINT', 'TEMPORAL_ADDRESS'];
    names.push('TASK_QUEUE', 'WORKER_QUEUES', 'DISCORD_API_URL', 'MEDIA_HOSTS', 'REFRESH_MARGIN');
    names.push('DISCORD_WEB_URL', 'EXCLUDE_CHANNEL_IDS');
    names.push('CLIP_TYPES', 'THUMBNAIL_FORMAT', 'MAX_MEDIA_BYTES', 'LOG_LEVEL', 'WEB_UI_PORT');
    names.push('STORYBOARDS', 'AUDIT_EVERY', 'ON_DELETE');
    names.push('DISCORD_REQUESTS_PER_SECOND', 'TEMPORAL_PORT', 'FFMPEG_PATH', 'FFPROBE_PATH');
    names.push('TEMPORAL_CLI', 'DATA_DIR', 'WORKFLOW_BUNDLE', 'DATABASE_URL', 'DATABASE_PASSWORD');
    names.push('LIBRARY_ADDRESS', 'LIBRARY_URL', 'LIBRARY_NAME', 'LIBRARY_TIME_ZONE');
    names.push(
      'LIBRARY_ACCESS',
      'LIBRARY_CHANNEL_IDS',
      'LIBRARY_PUBLISHED_ADDRESS',
      'SHOW_DELETED',
    );
    names.push('HEALTH_ADDRESS');
    for (const blank of ['', ' \t']) {
      const env = Object.fromEntries(names.map((name) => [name, blank]));
      assert.deepEqual(parseConfig(env), parseConfig({}));
    }
  });

  test('if DEMO_DISCORD_URL is set and TOKEN is not, the program uses the demo Discord', () => {
    const DEMO_DISCORD_URL = 'http://demo:8234';
    const { token, discordApiUrl, mediaHosts } = parseConfig({ DEMO_DISCORD_URL });
    assert.deepEqual(
      { token, discordApiUrl, mediaHosts },
      {
        token: 'demo-token',
        discordApiUrl: 'http://demo:8234/api',
        mediaHosts: ['http://demo:8234'],
      },
    );
    const real = parseConfig({ DEMO_DISCORD_URL, TOKEN: 'real' });
    assert.deepEqual([real.token, real.discordApiUrl], ['real', 'https://discord.com/api']);
  });

  test('a worker that only makes thumbnails needs no token, and accepts the media of the demo and of Discord', () => {
    const env = { DEMO_DISCORD_URL: 'http://demo:8234', WORKER_QUEUES: 'media' };
    const { token, mediaHosts, discordApiUrl } = parseConfig(env);
    assert.deepEqual(
      [token, discordApiUrl, ...mediaHosts],
      [
        ...[null, 'https://discord.com/api', 'https://cdn.discordapp.com'],
        ...['https://media.discordapp.net', 'http://demo:8234'],
      ],
    );
    assert.equal(parseConfig({ ...env, WORKER_QUEUES: 'media,discord' }).token, 'demo-token');
    const needs = (WORKER_QUEUES: string) => needsDiscord(parseConfig({ WORKER_QUEUES }));
    assert.deepEqual([needs('media'), needs('main'), needs('media,discord')], [false, true, true]);
  });

  test('TOKEN_FILE and TEMPORAL_API_KEY_FILE name files with the secrets', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'everclip-config-'));
    t.after(() => rm(folder, { recursive: true }));
    const path = (name: string) => join(folder, name);
    await writeFile(path('token'), 'a-token\n');
    await writeFile(path('key'), ' a-key ');
    await writeFile(path('empty'), '\n');
    const files = { TOKEN_FILE: path('token'), TEMPORAL_API_KEY_FILE: path('key') };
    const { token, temporalEnv } = parseConfig(files);
    assert.deepEqual([token, temporalEnv.TEMPORAL_API_KEY], ['a-token', 'a-key']);
    assert.deepEqual(
      faultsOf({ TOKEN_FILE: path('missing'), TEMPORAL_API_KEY_FILE: path('empty') }),
      [
        `TOKEN_FILE: the file cannot be read (ENOENT): write the path of a file that contains only the secret`,
        `TEMPORAL_API_KEY_FILE: the file is empty: write only the secret into the file`,
      ],
    );
    assert.deepEqual(faultsOf({ ...files, TOKEN: 'another-token' }), [
      `TOKEN_FILE: TOKEN is set too: remove one of the two settings`,
    ]);
  });

  test('a token that was pasted into TOKEN_FILE is not repeated in the error', () => {
    const [fault = ''] = faultsOf({ TOKEN_FILE: 'MTk4.Cl2FMQ.ZnCjm1XVW7vRze4b7' });
    assert.match(fault, /^TOKEN_FILE: the file cannot be read/);
    assert.doesNotMatch(fault, /MTk4/);
  });

  test('a worker that only makes thumbnails does not read TOKEN_FILE', () => {
    const env = { TOKEN_FILE: '/missing/token' };
    assert.equal(parseConfig({ ...env, WORKER_QUEUES: 'media' }).token, null);
    assert.equal(faultsOf({ ...env, WORKER_QUEUES: 'media,discord' }).length, 1);
    assert.equal(faultsOf({ ...env, WORKER_QUEUES: 'unknown' }).length, 2);
  });

  test('the files that may contain secrets are known, so that ffmpeg cannot read them', () => {
    const named = {
      TOKEN_FILE: '/s/token',
      TEMPORAL_API_KEY_FILE: '/s/key',
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/s/tls.pem',
      TEMPORAL_CONFIG_FILE: '/s/temporal.toml',
      GOOGLE_APPLICATION_CREDENTIALS: 'google.json',
    };
    assert.deepEqual(listSecretFiles({ ...named, HOME: '/home/juno' }), [
      resolve('.env'),
      ...['/s/token', '/s/key', '/s/tls.pem', '/s/temporal.toml', resolve('google.json')],
      '/home/juno/.config/temporalio/temporal.toml',
      '/home/juno/.config/gcloud/application_default_credentials.json',
    ]);
  });

  test('if DEMO_BUCKET_URL is set and BUCKET_NAME is not, the program uses the storage emulator', () => {
    const DEMO_BUCKET_URL = 'http://gcs:4443';
    const { bucketName, gcsApiEndpoint } = parseConfig({ DEMO_BUCKET_URL });
    assert.deepEqual([bucketName, gcsApiEndpoint], ['everclip', 'http://gcs:4443']);
    const real = parseConfig({ DEMO_BUCKET_URL, BUCKET_NAME: 'real' });
    assert.deepEqual([real.bucketName, real.gcsApiEndpoint], ['real', null]);
  });

  test('child programs such as ffmpeg get the environment variables that they need, but no secrets', () => {
    const needed = { PATH: '/usr/bin', LC_ALL: 'C.UTF-8', FONTCONFIG_PATH: '/etc/fonts' };
    const secret = { TOKEN: 'token', TEMPORAL_API_KEY: 'key', GOOGLE_APPLICATION_CREDENTIALS: 'k' };
    assert.deepEqual(programEnvironment({ ...needed, ...secret }), needed);
  });

  test('the API version is removed from DISCORD_API_URL because discord.js adds the version itself', () => {
    for (const DISCORD_API_URL of ['https://example.org/api/v10', 'https://example.org/api/']) {
      assert.equal(parseConfig({ DISCORD_API_URL }).discordApiUrl, 'https://example.org/api');
    }
  });

  test('TOKEN, CHANNEL_IDS and BUCKET_NAME still work as in the old scraper, even with extra spaces and commas', () => {
    const config = parseConfig({
      TOKEN: ' MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs ',
      CHANNEL_IDS: '1196521684992000058, 1196521684992000059,',
      BUCKET_NAME: 'clips',
    });
    assert.equal(config.token, 'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs');
    assert.deepEqual(config.channelIds, ['1196521684992000058', '1196521684992000059']);
    assert.equal(config.bucketName, 'clips');
  });

  test('all invalid settings are reported at once, each with its value and what to write instead', () => {
    const faults = faultsOf({
      CHANNEL_IDS: '1196521684992000058,abc',
      EXCLUDE_CHANNEL_IDS: 'staff',
      GUILD_IDS: 'Clip club',
      GCS_API_ENDPOINT: 'localhost:4443',
      WORKER_QUEUES: 'main,clips',
      DISCORD_API_URL: 'ftp://discord.com',
      MEDIA_HOSTS: 'cdn.discordapp.com',
      REFRESH_MARGIN: '6 hours',
      CLIP_TYPES: 'avi',
      THUMBNAIL_FORMAT: 'gif',
      MAX_MEDIA_BYTES: 'much',
      DISCORD_REQUESTS_PER_SECOND: '-1',
      LOG_LEVEL: 'loud',
      WEB_UI_PORT: '0',
      TEMPORAL_PORT: '65536',
    });
    assert.deepEqual(faults, [
      'CHANNEL_IDS=1196521684992000058,abc: "abc" is not a channel id: write ids of 17 to 20 digits, separated by commas',
      'EXCLUDE_CHANNEL_IDS=staff: "staff" is not a channel id: write ids of 17 to 20 digits, separated by commas',
      'GUILD_IDS=Clip club: "Clip club" is not a server id: write ids of 17 to 20 digits, separated by commas',
      'GCS_API_ENDPOINT=localhost:4443: not an http(s) URL: write a URL such as https://discord.com/api',
      'WORKER_QUEUES=main,clips: "clips" is invalid: choose from main, media, discord',
      'DISCORD_API_URL=ftp://discord.com: not an http(s) URL: write a URL such as https://discord.com/api',
      'MEDIA_HOSTS=cdn.discordapp.com: not an http(s) URL: write a URL such as https://discord.com/api',
      'REFRESH_MARGIN=6 hours: not a duration: write a duration such as 6h, 90m or 30s',
      'CLIP_TYPES=avi: "avi" is invalid: choose from mp4, m4v, mov, webm, mkv',
      'THUMBNAIL_FORMAT=gif: "gif" is invalid: choose from webp, png, jpeg',
      'MAX_MEDIA_BYTES=much: not a size: write a size such as 512MB',
      'DISCORD_REQUESTS_PER_SECOND=-1: not a positive number: write a number above 0',
      'LOG_LEVEL=loud: "loud" is invalid: choose from trace, debug, info, warn, error, fatal, silent',
      'WEB_UI_PORT=0: not a port: write a number from 1 to 65535',
      'TEMPORAL_PORT=65536: not a port: write a number from 1 to 65535',
    ]);
  });

  test('the message about invalid settings does not contain the token', () => {
    assert.doesNotMatch(faultsOf({ TOKEN: 'hush', LOG_LEVEL: 'loud' }).join(), /hush/);
  });

  test('DATABASE_PASSWORD is added to DATABASE_URL unless the URL has a password', () => {
    const DATABASE_PASSWORD = 'p@ss/word';
    const urlOf = (DATABASE_URL: string) =>
      parseConfig({ DATABASE_URL, DATABASE_PASSWORD }).databaseUrl;
    assert.equal(urlOf('postgres://me@db/clips'), 'postgres://me:p%40ss%2Fword@db/clips');
    assert.equal(urlOf('postgresql://me:own@db/clips'), 'postgresql://me:own@db/clips');
    assert.equal(parseConfig({ DATABASE_PASSWORD }).databaseUrl, null);
  });

  test('the message about an invalid DATABASE_URL does not repeat the URL, which may contain a password', () => {
    const [fault = '', ...others] = faultsOf({ DATABASE_URL: 'mysql://me:secret@db/clips' });
    assert.match(
      fault,
      /^DATABASE_URL: not the URL of a PostgreSQL database: write a URL such as /,
    );
    assert.doesNotMatch(fault, /secret/);
    assert.deepEqual(others, []);
  });

  test("the library's settings are checked", () => {
    const faults = faultsOf({
      LIBRARY_ADDRESS: '8240',
      LIBRARY_URL: 'clips.example.com',
      LIBRARY_TIME_ZONE: 'Mars/Olympus',
      LIBRARY_ACCESS: 'all',
      LIBRARY_CHANNEL_IDS: 'general',
      SHOW_DELETED: 'maybe',
    });
    assert.deepEqual(
      faults.map((fault) => fault.split('=', 1)[0]),
      [
        ...['LIBRARY_ADDRESS', 'LIBRARY_URL', 'LIBRARY_TIME_ZONE', 'LIBRARY_ACCESS'],
        ...['LIBRARY_CHANNEL_IDS', 'SHOW_DELETED'],
      ],
    );
    assert.match(faults[2] ?? '', /not a time zone: write a name such as Europe\/Berlin$/);
  });

  test('ON_DELETE is keep, strip or purge', () => {
    assert.equal(parseConfig({ ON_DELETE: 'Strip' }).onDelete, 'strip');
    assert.match(faultsOf({ ON_DELETE: 'remove' })[0] ?? '', /^ON_DELETE=remove: .*purge/);
  });

  test('STORYBOARDS is yes or no', () => {
    assert.equal(parseConfig({ STORYBOARDS: 'no' }).storyboards, false);
    assert.equal(parseConfig({ STORYBOARDS: 'yes' }).storyboards, true);
    assert.match(faultsOf({ STORYBOARDS: 'later' })[0] ?? '', /^STORYBOARDS=later: /);
  });

  test('AUDIT_EVERY is a duration or never', () => {
    assert.equal(parseConfig({ AUDIT_EVERY: '36h' }).auditEveryMs, 129_600_000);
    assert.equal(parseConfig({ AUDIT_EVERY: 'never' }).auditEveryMs, null);
    assert.match(faultsOf({ AUDIT_EVERY: 'weekly' })[0] ?? '', /^AUDIT_EVERY=weekly: not a dura/);
  });

  test('a duration can have any unit from milliseconds to days', () => {
    const margin = (text: string): number => parseConfig({ REFRESH_MARGIN: text }).refreshMarginMs;
    assert.equal(margin('250ms'), 250);
    assert.equal(margin('15s'), 15_000);
    assert.equal(margin('90m'), 5_400_000);
    assert.equal(margin('1.5 h'), 5_400_000);
    assert.equal(margin('2d'), 172_800_000);
    for (const wrong of ['6', '6H', 'h', '-1h', '1h30m', '0s', '0.0h', '6hours']) {
      assert.equal(faultsOf({ REFRESH_MARGIN: wrong }).length, 1, wrong);
    }
  });

  test('a size can have any unit up to GB, in any letter case', () => {
    const most = (text: string): number => parseConfig({ MAX_MEDIA_BYTES: text }).maxMediaBytes;
    assert.equal(most('1000'), 1000);
    assert.equal(most('1000B'), 1000);
    assert.equal(most('1.5kb'), 1536);
    assert.equal(most('2 Mb'), 2_097_152);
    assert.equal(most('1GB'), 1_073_741_824);
    for (const wrong of ['0', '0.2B', '-1MB', '1TB', 'MB', '1,5MB']) {
      assert.equal(faultsOf({ MAX_MEDIA_BYTES: wrong }).length, 1, wrong);
    }
  });

  test('DISCORD_REQUESTS_PER_SECOND must be a finite number above 0', () => {
    const rate = (text: string): number =>
      parseConfig({ DISCORD_REQUESTS_PER_SECOND: text }).discordRequestsPerSecond;
    assert.equal(rate('0.5'), 0.5);
    for (const wrong of ['0', 'x', 'NaN', 'Infinity', '-3']) {
      assert.equal(faultsOf({ DISCORD_REQUESTS_PER_SECOND: wrong }).length, 1, wrong);
    }
  });

  test('each media host is reduced to its origin, and trailing slashes are removed from the other URLs', () => {
    const config = parseConfig({
      MEDIA_HOSTS:
        'https://CDN.example/, http://127.0.0.1:4000/attachments/, https://x.example:443',
      DISCORD_API_URL: 'http://127.0.0.1:4000/api//',
      DISCORD_WEB_URL: 'https://chat.example/',
      GCS_API_ENDPOINT: 'http://127.0.0.1:4443/',
    });
    assert.deepEqual(config.mediaHosts, [
      'https://cdn.example',
      'http://127.0.0.1:4000',
      'https://x.example',
    ]);
    assert.equal(config.discordApiUrl, 'http://127.0.0.1:4000/api');
    assert.equal(config.discordWebUrl, 'https://chat.example');
    assert.equal(config.gcsApiEndpoint, 'http://127.0.0.1:4443');
  });

  test('clip types may start with a dot, and the letter case of clip types and log levels does not matter', () => {
    const config = parseConfig({ CLIP_TYPES: '.MP4, mov,WebM,M4V', LOG_LEVEL: 'DEBUG' });
    assert.deepEqual(config.clipTypes, ['mp4', 'mov', 'webm', 'm4v']);
    assert.equal(config.logLevel, 'debug');
  });

  test('duplicate worker queues are dropped, and an empty list of worker queues is invalid', () => {
    assert.deepEqual(parseConfig({ WORKER_QUEUES: 'media, main,media' }).workerQueues, [
      'media',
      'main',
    ]);
    const env = { WORKER_QUEUES: ',', MEDIA_HOSTS: ' , ', CLIP_TYPES: ',,' };
    assert.deepEqual(
      faultsOf(env).map((line) => line.split('=')[0]),
      ['WORKER_QUEUES', 'MEDIA_HOSTS', 'CLIP_TYPES'],
    );
    assert.deepEqual(
      parseConfig({ CHANNEL_IDS: ',' }).channelIds,
      [],
      'an empty CHANNEL_IDS means every channel',
    );
  });

  test("Temporal's own variables are passed on, and namesTemporal is true if they name a server", () => {
    const env = {
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_NAMESPACE: 'clips',
      TEMPORAL_API_KEY: 'key',
      HOME: '/home/juno',
      PATH: '/bin',
      NOT_TEMPORAL_ADDRESS: 'x',
    };
    const config = parseConfig(env);
    assert.deepEqual(config.temporalEnv, {
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_NAMESPACE: 'clips',
      TEMPORAL_API_KEY: 'key',
      HOME: '/home/juno',
    });
    assert.equal(namesTemporal(config), true);
    for (const name of ['TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE']) {
      assert.equal(namesTemporal(parseConfig({ [name]: 'x' })), true, name);
    }
    assert.equal(namesTemporal(parseConfig({ TEMPORAL_NAMESPACE: 'clips', HOME: '/' })), false);
  });

  test('a relative DATA_DIR becomes an absolute path', () => {
    assert.equal(parseConfig({ DATA_DIR: 'clips' }).dataDir, resolve('clips'));
    assert.equal(parseConfig({ DATA_DIR: '/srv/clips' }).dataDir, '/srv/clips');
  });
});

describe('.env file', () => {
  /** Makes a new folder with this `.env` the working directory. Restores directory and environment after the test. */
  async function inFolder(t: TestContext, text: string | null): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'everclip-env-'));
    const previous = process.cwd();
    const env = { ...process.env };
    t.after(async () => {
      process.chdir(previous);
      for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, env);
      await rm(folder, { recursive: true });
    });
    if (text !== null) await writeFile(join(folder, '.env'), text);
    process.chdir(folder);
  }

  test('the environment has precedence over the .env file', async (t) => {
    await inFolder(t, 'BUCKET_NAME=of-the-file\r\nTASK_QUEUE="of the file"\n# LOG_LEVEL=debug\n');
    process.env.BUCKET_NAME = 'of-the-environment';
    delete process.env.TASK_QUEUE;
    delete process.env.LOG_LEVEL;
    const { bucketName, taskQueue, logLevel } = loadConfig();
    assert.deepEqual(
      [bucketName, taskQueue, logLevel],
      ['of-the-environment', 'of the file', 'info'],
    );
  });

  test('the .env file is optional', async (t) => {
    await inFolder(t, null);
    process.env.TASK_QUEUE = 'of-the-environment';
    assert.equal(loadConfig().taskQueue, 'of-the-environment');
  });
});
