import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "@sallyport/api";

/** What somebody made of a text. */
export interface EditedText {
  readonly text: string;
  readonly path: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Lets somebody edit a text, in a file that only they can read, and uses it. The file is gone afterwards, except where
 * `use` fails: then it stays as it is, so that no work is lost, and whoever calls this has to say where it is. It is
 * never removed and written again, since others could put their own folder into the place.
 */
export async function editText<T>(
  text: string,
  env: Environment,
  use: (edited: EditedText) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(env.TMPDIR || tmpdir(), "tctl-edit-"));
  const path = join(folder, "resource.yaml");
  let isKept = false;
  try {
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
    await runEditor(chooseEditor(env), path, env);
    const edited = await readEdited(path);
    isKept = true;
    const used = await use({ text: edited, path });
    isKept = false;
    return used;
  } finally {
    if (!isKept) await rm(folder, { recursive: true, force: true });
  }
}

async function readEdited(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AppError("CANCELLED", "the editor left no file behind; nothing was changed", { cause });
  }
}

function chooseEditor(env: Environment): string {
  const named = [env.TELEPORT_EDITOR, env.VISUAL, env.EDITOR].find(
    (one) => one !== undefined && one.trim() !== "",
  );
  return named ?? "vi";
}

/** The shell splits the words of the editor; the path is handed over beside them, whatever is in it. */
function runEditor(editor: string, path: string, env: Environment): Promise<void> {
  return new Promise((resolve, reject) => {
    let child: ChildProcess | undefined;
    // Before the editor is there, so that no signal finds this process without them.
    const release = outlive((signal) => child?.kill(signal));
    child = spawn("sh", ["-c", `${editor} "$1"`, "sh", path], { stdio: "inherit", env: { ...env } });
    child.on("error", (error) => {
      release();
      reject(error);
    });
    child.on("exit", (code, signal) => {
      release();
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

/** Signals of the keyboard are for the editor; those that end this process end it first, so that no file is left. */
function outlive(end: (signal: NodeJS.Signals) => void): () => void {
  const handlers: [NodeJS.Signals, () => void][] = [
    ["SIGINT", () => undefined],
    ["SIGQUIT", () => undefined],
    ["SIGTERM", () => end("SIGTERM")],
    ["SIGHUP", () => end("SIGHUP")],
  ];
  for (const [signal, handle] of handlers) process.on(signal, handle);
  return () => {
    for (const [signal, handle] of handlers) process.off(signal, handle);
  };
}
