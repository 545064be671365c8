import { UsageError } from "../terminal/exit-code.ts";
import type { SignFormat, SignWish } from "./sign-format.ts";

/**
 * Whoever names a folder would find files in it that are called by their endings alone, and hidden.
 *
 * @throws UsageError where the format does not write into a folder of that name.
 */
export function checkOut(format: SignFormat, wish: SignWish): SignWish {
  const { out } = wish;
  if (out === "") throw new UsageError("--out names no file");
  const isFolder = /(^|\/)\.{0,2}$/.test(out);
  const isNameless = format.paths(wish).some((path) => /(^|\/)(\.[^/]*)?$/.test(path));
  if (!isFolder || !isNameless) return wish;
  const example = `${out.replace(/\/$/, "")}/NAME`;
  throw new UsageError(`--out ${JSON.stringify(out)} is a folder; name the files too: --out=${example}`);
}
