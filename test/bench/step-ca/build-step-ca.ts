import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const VERSION = "v0.30.2";
const PACKAGE = `github.com/smallstep/certificates/cmd/step-ca@${VERSION}`;
/** It takes some four minutes on two cores. */
const BUILD_MS = 20 * 60 * 1000;

const run = promisify(execFile);

/** Where the program is, or why it is not there. */
export type StepCaBuild = { readonly program: string } | { readonly missing: string };

/** Builds step-ca the first time, from the Go module proxy; later runs find it in the user's cache. */
export async function buildStepCa(): Promise<StepCaBuild> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "sallyport-bench", `step-ca-${VERSION}`);
  const program = join(folder, "step-ca");
  try {
    if (!existsSync(program)) await install(folder);
    await run(program, ["version"]);
    return { program };
  } catch (error) {
    return { missing: reasonOf(error) };
  }
}

async function install(folder: string): Promise<void> {
  await run("go", ["version"]);
  process.stderr.write(`building step-ca ${VERSION} into ${folder}, this once …\n`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await run("go", ["install", "-p", "1", "-trimpath", "-ldflags=-w", PACKAGE], {
    // As its authors build it for release: without CGO, and so without PKCS#11 and hardware tokens.
    env: { ...process.env, CGO_ENABLED: "0", GOBIN: folder },
    timeout: BUILD_MS,
  });
}

/** The last line that the tool wrote, or else what Node says of it: for Go that is not there, `spawn go ENOENT`. */
function reasonOf(error: unknown): string {
  const { stderr = "", message } = error as Error & { readonly stderr?: string };
  return stderr.trim().split("\n").at(-1) || message;
}
