import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@sallyport/api";

/** What somebody made of a text. */
export interface EditedText {
  readonly text: string;
  readonly path: string;
  /** Leaves the file where it is, so that no work is lost; without it, it is gone already. */
  keep(): Promise<void>;
}

/** Lets somebody edit a text, in a file that only they can read. */
export async function editText(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<EditedText> {
  const folder = await mkdtemp(join(tmpdir(), "tctl-edit-"));
  const path = join(folder, "resource.yaml");
  try {
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
    await runEditor(chooseEditor(env), path, env);
    const edited = await readEdited(path);
    return { text: edited, path, keep: () => keepText(folder, path, edited) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readEdited(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("CANCELLED", "the editor left no file behind; nothing was changed", { cause });
  }
}

async function keepText(folder: string, path: string, text: string): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(folder, { mode: 0o700, recursive: true });
  await writeFile(path, text, { mode: 0o600 });
}

function chooseEditor(env: Readonly<Record<string, string | undefined>>): string {
  const named = [env.TELEPORT_EDITOR, env.VISUAL, env.EDITOR].find(
    (one) => one !== undefined && one.trim() !== "",
  );
  return named ?? "vi";
}

/** The shell splits the words of the editor; the path is handed over beside them, whatever is in it. */
function runEditor(
  editor: string,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", `${editor} "$1"`, "sh", path], { stdio: "inherit", env: { ...env } });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code === 0) return resolve();
      const how = signal === null ? `exit code ${code}` : signal;
      reject(
        new AppError(
          "CANCELLED",
          `the editor ${JSON.stringify(editor)} ended with ${how}; nothing was changed`,
        ),
      );
    });
  });
}
