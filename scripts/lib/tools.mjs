import process from 'node:process';

/**
 * A program that the set-up can install by itself.
 *
 * @typedef {object} Tool
 * @property {string} name of the executable
 * @property {string} title what people call it
 * @property {string} version
 * @property {string} variable the environment variable that names the executable
 * @property {string[]} probe arguments that make it end at once with exit code 0
 * @property {string} archive address of a tar.gz with the executable at its top
 * @property {string} goPackage what `go install` builds it from
 * @property {string} buildTime how long that takes on two cores
 */

const arch = process.arch === 'x64' ? 'amd64' : process.arch;

/** @type {Tool} 1.5.1 is the newest that `go install` can build: later ones have replace directives. */
export const TEMPORAL_CLI = {
  name: 'temporal',
  title: 'the Temporal CLI',
  version: '1.5.1',
  variable: 'TEMPORAL_CLI',
  probe: ['--version'],
  archive: `https://temporal.download/cli/archive/v1.5.1?platform=${process.platform}&arch=${arch}`,
  goPackage: 'github.com/temporalio/cli/cmd/temporal@v1.5.1',
  buildTime: 'about 5 minutes',
};

/** @type {Tool} */
export const FAKE_GCS_SERVER = {
  name: 'fake-gcs-server',
  title: 'fake-gcs-server',
  version: '1.56.1',
  variable: 'FAKE_GCS_SERVER',
  probe: ['-help'],
  archive: `https://github.com/fsouza/fake-gcs-server/releases/download/v1.56.1/fake-gcs-server_1.56.1_${process.platform}_${arch}.tar.gz`,
  goPackage: 'github.com/fsouza/fake-gcs-server@v1.56.1',
  buildTime: 'about 3 minutes',
};
