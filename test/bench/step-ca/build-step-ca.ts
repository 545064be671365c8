import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const VERSION = "v0.30.2";
const PROGRAM = `github.com/smallstep/certificates/cmd/step-ca@${VERSION}`;
/** Some three minutes on two idle cores. */
const BUILD_MS = 20 * 60 * 1000;

const run = promisify(execFile);

/** Where the program is, or why it is not there. */
export type StepCaBuild = { readonly program: string } | { readonly missing: string };

/** Builds step-ca the first time, from the Go module proxy; later runs find it in the user's cache. */
export async function buildStepCa(): Promise<StepCaBuild> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "sallyport-bench", `step-ca-${VERSION}`);
  const program = join(folder, "step-ca");
  if (existsSync(program)) return { program };
  try {
    await run("go", ["version"]);
  } catch (error) {
    return { missing: `Go is not on this machine (${reasonOf(error)})` };
  }
  process.stderr.write(`building step-ca ${VERSION}, once …\n`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    await run("go", ["install", "-p", "1", "-trimpath", "-ldflags=-w", PROGRAM], {
      // As its authors build it for release: without CGO, which leaves out PKCS#11 and hardware tokens.
      env: { ...process.env, CGO_ENABLED: "0", GOBIN: folder },
      timeout: BUILD_MS,
    });
  } catch (error) {
    return { missing: `Go could not build it (${reasonOf(error)})` };
  }
  return { program };
}

/** The last line that the tool wrote, or else what Node says of it. */
function reasonOf(error: unknown): string {
  const { stderr = "", message } = error as Error & { readonly stderr?: string };
  return stderr.trim().split("\n").at(-1) || message;
}
