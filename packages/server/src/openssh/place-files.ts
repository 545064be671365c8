import { lstatSync, readFileSync } from "node:fs";
import { chmod, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError } from "@sallyport/api";
import { newUuid } from "../kernel/ids.ts";
import { makeDirectory } from "../kernel/make-directory.ts";

/** A file as it is to be; without content it is not to be there. */
export interface PlannedFile {
  readonly path: string;
  readonly content: string | Uint8Array | undefined;
  readonly mode: number;
}

interface Step {
  readonly path: string;
  /** Where the new content waits; undefined where the file goes away. */
  readonly aside: string | undefined;
  readonly before: PlannedFile;
}

/**
 * Puts files into place in their order, each whole or not at all: all are written aside and on disk before the first is
 * renamed. The answer puts everything back as it was, in reverse.
 */
export async function placeFiles(files: readonly PlannedFile[]): Promise<() => Promise<void>> {
  const steps: Step[] = [];
  const done: Step[] = [];
  const putBack = async () => {
    for (const { before } of done.reverse()) await placeOne(before);
  };
  try {
    for (const file of files) steps.push(await prepare(file));
    for (const step of steps) {
      await finish(step);
      done.push(step);
    }
  } catch (error) {
    await putBack();
    throw describe(error, steps[done.length]?.path ?? files[steps.length]?.path ?? "");
  } finally {
    await Promise.all(steps.map(({ aside }) => aside && rm(aside, { force: true })));
  }
  return putBack;
}

async function placeOne(file: PlannedFile): Promise<void> {
  await finish(await prepare(file));
}

async function prepare(file: PlannedFile): Promise<Step> {
  const before = current(file.path);
  if (file.content === undefined) return { path: file.path, aside: undefined, before };
  return { path: file.path, aside: await writeAside(file, file.content), before };
}

/** What is there; a link is refused, since what it leads to is not ours to write. */
function current(path: string): PlannedFile {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return { path, content: undefined, mode: 0o644 };
  if (!found.isFile()) throw new AppError("BAD_PARAMETER", `${path} is there and is not a plain file`);
  return { path, content: readFileSync(path), mode: found.mode & 0o777 };
}

async function writeAside({ path, mode }: PlannedFile, content: string | Uint8Array): Promise<string> {
  // sshd reads lists of principals as the account itself, so a tight umask of the administrator must not hide them.
  if (makeDirectory(dirname(path), 0o755)) await chmod(dirname(path), 0o755);
  // The name begins with a dot and has another ending, so that no `Include *.conf` takes it for a configuration.
  const aside = join(dirname(path), `.${basename(path)}.${newUuid()}.new`);
  await using file = await open(aside, "wx", mode);
  try {
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return aside;
}

async function finish({ path, aside }: Step): Promise<void> {
  if (aside === undefined) await rm(path, { force: true });
  else await rename(aside, path);
  await syncDirectory(dirname(path));
}

async function syncDirectory(path: string): Promise<void> {
  try {
    await using directory = await open(path, "r");
    await directory.sync();
  } catch (error) {
    // A folder that was removed in the meantime, or a file system that cannot sync folders.
    const { code } = error as NodeJS.ErrnoException;
    if (!["ENOENT", "EINVAL", "ENOTSUP", "EISDIR"].includes(code ?? "")) throw error;
  }
}

function describe(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof AppError) return error;
  const hint = code === "EACCES" || code === "EPERM" ? "; run this as root" : "";
  return new AppError("BAD_PARAMETER", `${path} could not be written (${code})${hint}`, { cause: error });
}
