import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { runGuide } from "./run-guide.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-guide-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const WAIT_MS = 20_000;

/** Of processes that wait for ever: in the background, in a session of its own, deaf to a gentle end, and the last command. */
const script = `
sleep 1000 & echo $! > background
setsid sleep 1000 & echo $! > session
(trap '' TERM; echo $BASHPID > deaf; exec sleep 1000) &
until [ -s deaf ]; do sleep 0.01; done
echo $$ > shell
`;
const names = ["background", "session", "deaf", "shell"];

const pidOf = (name: string) => {
  const file = join(folder, name);
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
};

function isRunning(pid: number): boolean {
  try {
    // A zombie has ended, and waits for a parent that may never ask.
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + WAIT_MS; !isSo(); await wait(20)) {
    assert.ok(performance.now() < end, what);
  }
}

const needsProc = {
  skip: existsSync("/proc/self/environ") ? false : "this system has no /proc",
  timeout: 60_000,
};

test("what a guide runs ends also where its runner is killed", needsProc, async () => {
  const url = JSON.stringify(new URL("./run-guide.ts", import.meta.url).href);
  const blocks = JSON.stringify([{ line: 1, text: `${script}\nsleep 1000`, expected: [] }]);
  const code = `const { runGuide } = await import(${url});
    await runGuide(${blocks}, ${JSON.stringify(folder)}, process.env);`;
  const runner = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "ignore" });
  await until("the guide has begun", () => pidOf("shell") > 0);
  const pids = names.map(pidOf);
  assert.deepEqual(pids.map(isRunning), [true, true, true, true]);
  runner.kill("SIGKILL");
  await once(runner, "exit");
  await until(`${names} have ended`, () => !pids.some(isRunning));
});

test("what a guide leaves in the background ends with it", needsProc, async () => {
  const text = "sleep 1000 & echo $! > background";
  const [block] = await runGuide(
    [{ line: 1, text: `${text}\necho said`, expected: [] }],
    folder,
    process.env,
  );
  assert.match(block?.output ?? "", /said/);
  await until("it has ended", () => !isRunning(pidOf("background")));
});
