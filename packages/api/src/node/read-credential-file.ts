import { readFile, stat } from "node:fs/promises";
import { AppError } from "../errors/index.ts";

/** Far above any real one, and small enough that a wrong path does no harm. */
const maxBytes = 1024 * 1024;

/** The text of a credential file. @throws AppError that names the file and what is wrong with it. */
export async function readCredentialFile(path: string, what: string): Promise<string> {
  if (typeof path !== "string" || path === "") {
    throw new AppError("BAD_PARAMETER", `the path of ${what} is missing`);
  }
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new AppError("BAD_PARAMETER", `${path} is too large to be ${what}`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable(path, what, error);
  }
}

function unreadable(path: string, what: string, error: unknown): AppError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const details = { file: path };
  if (code === "ENOENT")
    return new AppError("NOT_FOUND", `${path} is not there; it should be ${what}`, { details });
  if (code === "EACCES" || code === "EPERM") {
    const words = `${path} may not be read by this user; it is ${what}. Run as its owner, or make new credentials`;
    return new AppError("ACCESS_DENIED", words, { details });
  }
  if (code === "EISDIR")
    return new AppError("BAD_PARAMETER", `${path} is a directory, not ${what}`, { details });
  return new AppError("BAD_PARAMETER", `${path} cannot be read (${code || "unknown error"})`, { details });
}
