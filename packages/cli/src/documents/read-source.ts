import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError } from "@sallyport/api";
import type { Terminal } from "../terminal/terminal.ts";
import { maxSourceBytes, tooLarge } from "./parse-documents.ts";

/** A text and what messages call the place that it comes from. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** The content of a file; of standard input for `-` and for no name at all. */
export async function readSource(
  { terminal, workingDir }: { readonly terminal: Terminal; readonly workingDir: string },
  path: string | undefined,
): Promise<Source> {
  if (path !== undefined && path !== "-") return { name: path, text: await readText(path, workingDir) };
  if (path === undefined && terminal.isInteractive) terminal.note("reading resources from standard input …");
  return { name: "standard input", text: await terminal.readInput(maxSourceBytes) };
}

async function readText(path: string, workingDir: string): Promise<string> {
  try {
    await using file = await open(resolve(workingDir, path), "r");
    const { size } = await file.stat();
    if (size > maxSourceBytes) {
      throw new AppError("BAD_PARAMETER", `${path} ${tooLarge}`);
    }
    return decode(path, await file.readFile());
  } catch (error) {
    throw describeFileError(path, error);
  }
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError("BAD_PARAMETER", `${path} is not text in UTF-8`, { cause });
  }
}

/** A failure of the file system in words; anything else as it is. */
export function describeFileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof AppError) return error;
  const words: Record<string, string> = {
    ENOENT: `${path} is not there`,
    EACCES: `${path}: permission denied`,
    EISDIR: `${path} is a directory`,
    ENOTDIR: `${path}: a part of the path is not a directory`,
  };
  const found = words[String(error.code)];
  return new AppError("BAD_PARAMETER", found ?? `${path}: ${error.message}`, { cause: error });
}
