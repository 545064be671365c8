import { readFileSync, statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { AppError } from "@sallyport/api";
import type { Sshd } from "../sshd/sshd.ts";
import { valuesOf } from "../sshd/sshd-settings.ts";

const WAIT_STEPS = 100;
const STEP_MS = 50;

/**
 * Has the running sshd read its configuration anew (SIGHUP), and waits until it has: then it writes its pid file again.
 * Sessions that are open go on.
 *
 * @throws AppError UNAVAILABLE where no sshd runs by that configuration, or it did not come back.
 */
export async function reloadSshd(sshd: Sshd, configFile: string): Promise<void> {
  const complaint = await sshd.complaintAbout(configFile);
  // It would end on the signal, and nobody could log in to mend it.
  if (complaint !== undefined) throw new AppError("BAD_PARAMETER", `sshd is not told: ${complaint}`);
  const [pidFile] = valuesOf(await sshd.settings(configFile), "pidfile");
  const before = pidFile === undefined ? undefined : readPid(pidFile);
  if (pidFile === undefined || before === undefined) {
    throw new AppError(
      "UNAVAILABLE",
      `no sshd runs by ${configFile}; have yours reloaded: systemctl reload ssh`,
    );
  }
  process.kill(before.pid, "SIGHUP");
  for (let step = 0; step < WAIT_STEPS; step++) {
    await wait(STEP_MS);
    const now = readPid(pidFile);
    if (now !== undefined && now.writtenAt !== before.writtenAt) return;
  }
  throw new AppError(
    "UNAVAILABLE",
    "sshd was told to read its configuration, and did not write its pid file anew; is it still running? See: systemctl status ssh",
  );
}

/** When the running sshd read its configuration, in milliseconds since 1970; undefined where none runs by that one. */
export async function lastReadAt(sshd: Sshd, configFile: string): Promise<number | undefined> {
  const [pidFile] = valuesOf(await sshd.settings(configFile), "pidfile");
  return pidFile === undefined ? undefined : readPid(pidFile)?.writtenAt;
}

/** The process of a pid file, where it is an sshd: a stale file must not have a stranger signalled. */
function readPid(path: string): { readonly pid: number; readonly writtenAt: number } | undefined {
  try {
    const pid = Number(/^\s*(\d{1,10})\s*$/.exec(readFileSync(path, "utf8"))?.[1]);
    const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    if (!name.startsWith("sshd")) return undefined;
    return { pid, writtenAt: statSync(path).mtimeMs };
  } catch (error) {
    // Not there, or just being written: either way it names no process now.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
