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
 * @property {string} goPackage package and version for `go install`
 * @property {string} buildTime how long `go install` takes on two cores
 */

const { arch, platform } = process;
const goArch = arch === 'x64' ? 'amd64' : arch;

// 1.5.1 is the newest version that `go install` can build, because the go.mod of later versions has replace directives.
const temporalVersion = '1.5.1';

/** @type {Tool} */
export const TEMPORAL_CLI = {
  name: 'temporal',
  title: 'the Temporal CLI',
  version: temporalVersion,
  variable: 'TEMPORAL_CLI',
  probe: ['--version'],
  archive: `https://temporal.download/cli/archive/v${temporalVersion}?platform=${platform}&arch=${goArch}`,
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
  archive: `https://github.com/fsouza/fake-gcs-server/releases/download/v${fakeGcsVersion}/fake-gcs-server_${fakeGcsVersion}_${platform}_${goArch}.tar.gz`,
  goPackage: `github.com/fsouza/fake-gcs-server@v${fakeGcsVersion}`,
  buildTime: 'about 3 minutes',
};
