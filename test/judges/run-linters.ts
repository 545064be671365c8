import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
/** The first time each fetches and compiles what it needs; both keep it for the next. */
const INSTALL_MS = 540_000;
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const place = (name: string) => join(tmpdir(), `sallyport-${name}-${process.getuid?.() ?? ""}`);

/** What a linter does not like about a file. */
export interface Finding {
  readonly file: string;
  readonly lint: string;
  /** In the linter's words: error, WARNING, info … */
  readonly status: string;
  readonly detail: string;
}

/** zlint, with what it knows of RFC 5280 and its kin, over the `*.crt` and `*.crl` of a folder. */
export async function runZlint(folder: string): Promise<Finding[]> {
  const program = join(place("zlint"), "zlint");
  mkdirSync(place("zlint"), { recursive: true, mode: 0o700 });
  await run("go", ["build", "-o", program, "."], { cwd: here("zlint"), timeout: INSTALL_MS });
  return findingsOf(await run(program, [folder]));
}

/** pkilint, by the PKIX profile, over the `*.crt`, `*.crl` and `*.ocsp` of a folder. */
export async function runPkilint(folder: string): Promise<Finding[]> {
  const python = join(await pkilintPlace(), "bin/python");
  return findingsOf(await run(python, [here("pkilint/lint.py"), folder]));
}

/** A Python environment with the versions of `requirements.txt`. */
async function pkilintPlace(): Promise<string> {
  const directory = place("pkilint");
  const wanted = here("pkilint/requirements.txt");
  const installed = join(directory, "requirements.txt");
  const text = readFileSync(wanted, "utf8");
  if (existsSync(installed) && readFileSync(installed, "utf8") === text) return directory;
  rmSync(directory, { recursive: true, force: true });
  await run("python3", ["-m", "venv", directory], { timeout: INSTALL_MS });
  const how = ["install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--no-deps"];
  await run(join(directory, "bin/pip"), [...how, "-r", wanted], { timeout: INSTALL_MS });
  writeFileSync(installed, text);
  return directory;
}

const findingsOf = ({ stdout }: { readonly stdout: string }): Finding[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Finding);
