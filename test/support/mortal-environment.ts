import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";

const MARK = "SALLYPORT_TEST_RUN";
const run = randomUUID();

/**
 * Waits for the end of its input, which the system brings about also where this process is killed. Then it ends whatever
 * has the mark in its environment, in whichever group and of whichever parent: gently, and after two seconds for good.
 */
const watch = `
read -r _
marked() { grep -lzx "$1" /proc/[0-9]*/environ; }
end() {
  for file in $(marked "$1"); do
    pid=\${file#/proc/}
    kill "-$2" "\${pid%/environ}"
  done
}
end "$1" TERM
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$(marked "$1")" ] || exit 0
  sleep 0.2
done
end "$1" KILL
`;

let isWatched = false;

/**
 * For the environment of whatever a test leaves running beside itself: it ends with this process, at the latest. Where the
 * system has no /proc, nothing but a kill of this process leaves anything behind.
 */
export function mortalEnvironment(): Readonly<Record<string, string>> {
  if (!isWatched) {
    isWatched = true;
    const args = ["-c", watch, "watch", `${MARK}=${run}`];
    const watcher = spawn("sh", args, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    watcher.unref();
    // Neither keeps this process alive.
    (watcher.stdin as unknown as Socket).unref();
  }
  return { [MARK]: run };
}
