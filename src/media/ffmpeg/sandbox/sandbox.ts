import { release } from 'node:os';

/** What ffmpeg and ffprobe must not see. */
export interface SandboxOptions {
  /** Absolute paths of files that look empty in the sandbox. Missing files are skipped. */
  hiddenFiles: readonly string[];
}

/**
 * A command line around a program. `start` starts a shell in the sandbox. `steps` are commands of that shell. `end` is
 * the start of the shell's last command, which the program follows.
 */
export interface Sandbox {
  start: readonly string[];
  steps: readonly string[];
  end: string;
}

interface Version {
  major: number;
  minor: number;
}

/**
 * Gives the program its own user, process, network, mount and IPC namespaces. The program has no network, and sees no
 * process but its own. `--kill-child` ends the program when unshare(1) is killed.
 */
const UNSHARE = [
  ...['unshare', '--user', '--map-root-user', '--mount', '--pid', '--net', '--ipc'],
  ...['--fork', '--mount-proc', '--kill-child', '--'],
];
/**
 * Takes all capabilities from the program, also the ones that it has only in its namespaces. Otherwise the program
 * could remove the mounts that hide files.
 */
const WITHOUT_CAPABILITIES =
  'setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all --';
/** The most processes and threads in the sandbox. Newer versions of ffmpeg start about ten threads for one frame. */
const MAX_PROCESSES = 64;
/**
 * From Linux 5.14 on, RLIMIT_NPROC counts the processes of each user namespace separately:
 * https://git.kernel.org/torvalds/c/21d1c5e386bc
 * Before, the limit counted all processes of the user. No number would stop a program without stopping the worker too,
 * so there is no limit outside of a sandbox either.
 */
const COUNTS_BY_NAMESPACE: Version = { major: 5, minor: 14 };
/**
 * RLIMIT_NPROC does not apply to root. From Linux 6.14 on, each process namespace has its own highest pid, which limits
 * root too: https://git.kernel.org/torvalds/c/7863dcc72d0f
 * Before, this write would change the setting of the whole machine. The lowest value that Linux accepts is 301.
 */
const PID_MAX_BY_NAMESPACE: Version = { major: 6, minor: 14 };
const PID_MAX_FILE = '/proc/sys/kernel/pid_max';
const MAX_PID = 512;

/** The sandbox of this process's programs. Null if they run without a sandbox. */
let sandbox: Sandbox | null = null;

/** Returns the sandbox in which ffmpeg and ffprobe run; null if they run without a sandbox. */
export function currentSandbox(): Sandbox | null {
  return sandbox;
}

/** Sets the sandbox for the programs that this process starts from now on. */
export function setSandbox(chosen: Sandbox | null): void {
  sandbox = chosen;
}

/** How often the sandbox has failed for a clip. */
let faults = 0;

/** Call this function if the sandbox failed for a clip. Afterwards, the sandbox is tried out again. */
export function countSandboxFault(): void {
  faults += 1;
}

/** Returns how often the sandbox of this process has failed for a clip. */
export function sandboxFaults(): number {
  return faults;
}

export function createSandbox({ hiddenFiles }: SandboxOptions): Sandbox {
  const hide = hiddenFiles.map(
    (file) => `[ ! -e ${quote(file)} ] || ${mountNothingOver(file)} || exit 1`,
  );
  return {
    start: UNSHARE,
    steps: [...hide, ...processLimit()],
    end: WITHOUT_CAPABILITIES,
  };
}

function processLimit(): string[] {
  if (process.getuid?.() === 0) {
    if (!isKernelAtLeast(PID_MAX_BY_NAMESPACE)) return [];
    // The program could raise the limit again, because it runs as the root of its namespaces. A message of mount(8) would
    // count as a failure of the sandbox, so there is none.
    return [
      `{ echo ${MAX_PID} >${PID_MAX_FILE}; } 2>/dev/null && ${mountNothingOver(PID_MAX_FILE)} 2>/dev/null`,
    ];
  }
  if (!isKernelAtLeast(COUNTS_BY_NAMESPACE)) return [];
  // The option is -u in bash and -p in dash and BusyBox.
  return [`ulimit -u ${MAX_PROCESSES} 2>/dev/null || ulimit -p ${MAX_PROCESSES} 2>/dev/null`];
}

function mountNothingOver(file: string): string {
  return `mount --bind /dev/null ${quote(file)}`;
}

function isKernelAtLeast(version: Version): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > version.major || (major === version.major && minor >= version.minor);
}

/** Quotes a text for a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
