import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** When a test's own process ends for any reason, kills the processes that the test started. */
export interface Guard {
  /** Adds a process group, by its leader's pid. */
  watch(pid: number): void;
  forget(pid: number): void;
  /** Kills all watched process groups and removes the folder. */
  end(): Promise<void>;
}

/**
 * A shell script that reads pids until its input ends. The input ends even if the test is killed with -9.
 *
 * The script also reads the dev server's pid from `temporal.json`, because a killed test may not have sent this pid.
 */
const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r what pid; do
  kept=' '
  for each in $pids; do [ "$each" = "$pid" ] || kept="$kept$each "; done
  pids=$kept
  [ "$what" = + ] && pids="$pids$pid "
done
[ -f "$1/temporal.json" ] && pids="$pids$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' "$1/temporal.json")"
for each in $pids; do kill -s KILL -- "-$each"; done 2>/dev/null
rm -rf "$1" 2>/dev/null || { sleep 0.5; rm -rf "$1"; }
`;

/** Starts a guard for processes that work in `folder`. */
export function startGuard(folder: string): Guard {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', folder], {
    // The guard has its own session, so that Ctrl-C ends only the test's process and the guard can clean up.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(shell, 'exit');
  shell.stdin.on('error', () => undefined);
  return {
    watch: (pid) => void shell.stdin.write(`+ ${pid}\n`),
    forget: (pid) => void shell.stdin.write(`- ${pid}\n`),
    async end() {
      shell.stdin.end();
      await ended;
    },
  };
}
