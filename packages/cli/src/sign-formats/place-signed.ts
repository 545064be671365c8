import { access, readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError } from "@sallyport/api";
import { alreadyThere, placeFiles } from "../credentials/place-files.ts";
import { confirm, type Terminal } from "../terminal/terminal.ts";
import type { Signed, SignFormat, SignWish } from "./sign-format.ts";

/** How files come to where they belong. */
export interface Placing {
  readonly overwrite: boolean;
  /** Adds to what is there. */
  readonly merge?: NonNullable<SignFormat["merge"]>;
}

interface Place {
  readonly terminal: Terminal;
  readonly workingDir: string;
}

/**
 * Finds out what is there already and what is to become of it. Asked before a certificate is issued, so that a refusal
 * leaves no certificate that nobody has.
 *
 * @throws AppError ALREADY_EXISTS, and BAD_PARAMETER where a folder is in the way
 */
export async function choosePlacing(
  { terminal, workingDir }: Place,
  format: SignFormat,
  wish: SignWish,
  mayOverwrite: boolean,
): Promise<Placing> {
  const paths = format.paths(wish);
  for (const path of paths) await refuseFolder(path, resolve(workingDir, path));
  if (mayOverwrite) return { overwrite: true };
  const there = await Promise.all(paths.map((path) => exists(resolve(workingDir, path))));
  const taken = paths.filter((_path, index) => there[index]);
  const [first] = taken;
  if (first === undefined) return { overwrite: false };
  if (terminal.isInteractive && (await confirm(terminal, `${taken.join(", ")}: overwrite?`))) {
    return { overwrite: true };
  }
  if (format.merge === undefined) throw alreadyThere(taken);
  // Nothing is added by an empty text, but a file that nothing can be added to is found out now.
  await format.merge(await readFile(resolve(workingDir, first), "utf8"), "");
  return { overwrite: true, merge: format.merge };
}

/** No file takes the place of a folder, whatever may be overwritten. */
async function refuseFolder(path: string, place: string): Promise<void> {
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    // Whatever the reason, the attempt to write there gives the better message.
    () => false,
  );
  if (isFolder)
    throw new AppError("BAD_PARAMETER", `${path} is a folder; name a file in it: --out=${path}/NAME`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever the reason, the attempt to write there gives the better message.
    return false;
  }
}

/** Writes the whole set, or nothing. */
export async function placeSigned(
  { workingDir }: Place,
  { files }: Signed,
  { overwrite, merge }: Placing,
): Promise<void> {
  const placed = files.map((file) => ({ ...file, path: resolve(workingDir, file.path) }));
  const [first] = placed;
  if (merge === undefined || first === undefined) return placeFiles(placed, { overwrite });
  const content = await merge(await readFile(first.path, "utf8"), String(first.content));
  await placeFiles([{ path: first.path, content }], { overwrite });
}
