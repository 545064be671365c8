import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Why a test that needs these programs does not run here, or false. On CI all of them are there and nothing is skipped. */
export function reasonToSkip(...programs: readonly string[]): string | false {
  if (process.env.CI) return false;
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  const missing = programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  return missing.length === 0 ? false : `not installed: ${missing.join(", ")}`;
}
