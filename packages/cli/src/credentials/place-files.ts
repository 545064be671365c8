import { randomUUID } from "node:crypto";
import { constants, copyFile, link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "@sallyport/api";
import { describeFileError } from "../documents/read-source.ts";

/** A file to write. */
export interface NewFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

export interface PlaceOptions {
  /** Replace what is there. */
  readonly overwrite: boolean;
  readonly mode?: number;
}

/**
 * Writes files that belong together so that all of them are there or none is: first everything under other names, on
 * disk, then into place. Where that fails half way, the files that were there before are put back.
 *
 * @throws AppError ALREADY_EXISTS where a file is there and may not be replaced, BAD_PARAMETER where none can be.
 */
export async function placeFiles(files: readonly NewFile[], options: PlaceOptions): Promise<void> {
  const written: Written[] = [];
  try {
    for (const file of files) written.push(await writeAside(file, options.mode ?? 0o600));
    await putInPlace(written, options.overwrite);
  } finally {
    await Promise.all(written.map(({ aside }) => rm(aside, { force: true })));
  }
}

interface Written {
  readonly path: string;
  readonly aside: string;
}

async function writeAside({ path, content }: NewFile, mode: number): Promise<Written> {
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}.new`);
  await makeFolder(dirname(path));
  try {
    await using file = await open(aside, "wx", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
    return { path, aside };
  } catch (error) {
    throw describeFileError(path, error);
  }
}

/** The last part only: where more is missing, the path was mistyped, and keys would end up where nobody looks. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    throw describeFileError(hasCode(error, "ENOENT") ? `the directory ${dirname(folder)}` : folder, error);
  }
}

const hasCode = (error: unknown, code: string) =>
  error instanceof Error && "code" in error && error.code === code;

async function putInPlace(files: readonly Written[], overwrite: boolean): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const backups: string[] = [];
  try {
    for (const { path, aside } of files) {
      const backup = overwrite ? await keepOld(path) : undefined;
      if (backup !== undefined) backups.push(backup);
      await (overwrite ? rename(aside, path) : linkNew(aside, path));
      undo.push(() => (backup === undefined ? rm(path, { force: true }) : rename(backup, path)));
    }
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw describeFileError(files[undo.length]?.path ?? "", error);
  } finally {
    await Promise.all(backups.map((backup) => rm(backup, { force: true })));
  }
}

/** A second name for a file that is about to be replaced; undefined where there is none. */
async function keepOld(path: string): Promise<string | undefined> {
  const backup = join(dirname(path), `.${basename(path)}.${randomUUID()}.old`);
  try {
    await nameAgain(path, backup);
    return backup;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** A link, unlike a rename, never replaces a file that somebody else has made in the meantime. */
async function linkNew(from: string, path: string): Promise<void> {
  try {
    await nameAgain(from, path);
  } catch (error) {
    if (hasCode(error, "EEXIST")) throw alreadyThere([path]);
    throw error;
  }
}

/** A hard link; where the file system has none, a copy that replaces nothing either. */
async function nameAgain(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

export function alreadyThere(paths: readonly string[]): AppError {
  const isOne = paths.length === 1;
  const hint = `With --overwrite ${isOne ? "it is" : "they are"} replaced.`;
  const verbForm = isOne ? "exists" : "exist";
  return new AppError("ALREADY_EXISTS", `${paths.join(", ")} ${verbForm} already`, { details: { hint } });
}
