import process from 'node:process';

/**
 * A program that the set-up can install.
 *
 * @typedef {object} Tool
 * @property {string} name file name of the executable
 * @property {string} title name for people
 * @property {string} version
 * @property {string} variable environment variable with the path of the executable
 * @property {string[]} probe arguments that make the program exit at once with code 0
 * @property {string} archive URL of a tar.gz file with the executable at its top
 * @property {string | null} sha256 SHA-256 of the archive in hex; null if no sum is confirmed, so nothing is downloaded
 * @property {string} goPackage package and version for `go install`
 * @property {string} buildTime how long `go install` takes on two cores
 */

const { arch, platform } = process;
const goArch = arch === 'x64' ? 'amd64' : arch;
const target = `${platform}_${goArch}`;

/**
 * SHA-256 of the archives of the Temporal CLI 1.5.1. Two independent sources have the same sums: the package lists of
 * https://github.com/cashapp/hermit-packages (all four), and of https://github.com/zph/hermit-packages (darwin_amd64,
 * darwin_arm64, linux_amd64) and the scripts of other public repositories (linux_amd64, linux_arm64).
 *
 * @type {Record<string, string>}
 */
const TEMPORAL_SHA256 = {
  linux_amd64: 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  linux_arm64: 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  darwin_amd64: 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  darwin_arm64: 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
};

/**
 * SHA-256 of the archives of fake-gcs-server 1.56.1. No sum is confirmed by two independent sources, so the set-up
 * builds fake-gcs-server with `go install`, which checks the source against Go's checksum database.
 *
 * @type {Record<string, string>}
 */
const FAKE_GCS_SHA256 = {};

// 1.5.1 is the newest version that `go install` can build, because the go.mod of later versions has replace directives.
const temporalVersion = '1.5.1';

/** @type {Tool} */
export const TEMPORAL_CLI = {
  name: 'temporal',
  title: 'the Temporal CLI',
  version: temporalVersion,
  variable: 'TEMPORAL_CLI',
  probe: ['--version'],
  archive: `https://github.com/temporalio/cli/releases/download/v${temporalVersion}/temporal_cli_${temporalVersion}_${target}.tar.gz`,
  sha256: TEMPORAL_SHA256[target] ?? null,
  goPackage: `github.com/temporalio/cli/cmd/temporal@v${temporalVersion}`,
  buildTime: 'about 5 minutes',
};

const fakeGcsVersion = '1.56.1';

/** @type {Tool} */
export const FAKE_GCS_SERVER = {
  name: 'fake-gcs-server',
  title: 'fake-gcs-server',
  version: fakeGcsVersion,
  variable: 'FAKE_GCS_SERVER',
  probe: ['-help'],
  archive: `https://github.com/fsouza/fake-gcs-server/releases/download/v${fakeGcsVersion}/fake-gcs-server_${fakeGcsVersion}_${capitalize(target)}.tar.gz`,
  sha256: FAKE_GCS_SHA256[target] ?? null,
  goPackage: `github.com/fsouza/fake-gcs-server@v${fakeGcsVersion}`,
  buildTime: 'about 3 minutes',
};

/**
 * The names of fake-gcs-server's archives have a capital letter, as in `Linux_amd64`.
 *
 * @param {string} word
 * @returns {string}
 */
function capitalize(word) {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
