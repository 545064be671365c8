import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Cluster } from "@sallyport/testkit";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const run = promisify(execFile);

/** A folder in which an administrator of a cluster types `tctl`, with the files that come of it. */
export class TctlFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "sallyport-judge-"));
  readonly #cluster: Cluster;

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  static async of(cluster: Cluster): Promise<TctlFolder> {
    const { cert, key, ca } = await cluster.systemIdentity("Admin");
    const folder = new TctlFolder(cluster);
    folder.write("admin.pem", `${key}${cert}${ca}`);
    return folder;
  }

  /** Rejects, with its words, when it fails. */
  tctl(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const who = ["--identity=admin.pem", `--auth-server=${this.#cluster.address}`];
    const env = { PATH: process.env.PATH, HOME: this.path };
    return run(process.execPath, [program, ...who, ...args], { cwd: this.path, env });
  }

  /** The path of the file, which is for its owner alone. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.in(name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  read(name: string): string {
    return readFileSync(this.in(name), "utf8");
  }

  in(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
