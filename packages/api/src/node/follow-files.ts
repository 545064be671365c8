import { stat } from "node:fs/promises";

/**
 * Calls `onChange` when files have changed, looking every `intervalMs`. A change counts as dealt with when `onChange`
 * resolves; when it rejects, as it does between the writing of two files that belong together, it is called again.
 * Does not keep the process alive.
 *
 * @returns ends it.
 */
export function followFiles(
  files: readonly string[],
  intervalMs: number,
  onChange: () => Promise<void>,
): { stop(): void } {
  let known: string | undefined;
  let isBusy = false;
  const look = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      const stamp = await stampOf(files);
      known ??= stamp;
      if (stamp === known) return;
      await onChange();
      known = stamp;
    } catch {
      // Files that are half written or away are looked at again next time; whoever is told of errors is onChange.
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(look, intervalMs);
  timer.unref();
  void look();
  return { stop: () => clearInterval(timer) };
}

async function stampOf(files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(file)));
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join(" ");
}
