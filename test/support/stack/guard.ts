import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Sees to it that nothing of a test outlives it, however the test's process ends. */
export interface Guard {
  /** Kills this process group (its leader's pid) at the end. */
  watch(pid: number): void;
  forget(pid: number): void;
  /** Kills all that is watched and removes the folder. */
  end(): Promise<void>;
}

/**
 * A shell that reads pids until its input ends, which it does even where our process is killed with -9.
 * The dev server's pid is in its file before anybody else knows it.
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

/** Guards processes that work in `folder`. */
export function startGuard(folder: string): Guard {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', folder], {
    // A session of its own: Ctrl-C is for the test's process, whose end this one waits for.
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
