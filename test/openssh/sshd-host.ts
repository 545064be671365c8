import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const READY_MS = 15_000;
const COMMAND_MS = 60_000;

/** Found as the commands of ours find it. */
export const sshdProgram = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"].find(existsSync);

/** For `test(name, needsSshd, …)`: without sshd and ssh it says so; on CI it is not skipped and fails. */
export const needsSshd = { skip: reasonToSkip() };

function reasonToSkip(): string | false {
  if (process.env.CI) return false;
  if (sshdProgram === undefined) return "sshd is not installed (openssh-server)";
  const isThere = (name: string) =>
    (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
  return ["ssh", "ssh-keygen"].every(isThere) ? false : "ssh is not installed (openssh-client)";
}

/** The account that tests log in to: the one that they run as, since only root could be another. */
export const account = userInfo().username;

/** A folder with a host key and a configuration of sshd, and the real sshd once it is started. */
export class SshdHost implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "sallyport-sshd-"));
  readonly configFile = join(this.directory, "sshd_config");
  readonly configDir = join(this.directory, "sshd_config.d");
  readonly hostKey = join(this.directory, "ssh_host_ed25519_key");
  readonly pidFile = join(this.directory, "sshd.pid");
  readonly dropIn = join(this.configDir, "50-sallyport.conf");
  readonly folder = join(this.directory, "sallyport");
  #port = 0;
  #process: ChildProcess | undefined;
  #log = "";

  get port(): number {
    return this.#port;
  }

  /** What sshd wrote so far. */
  get log(): string {
    return this.#log;
  }

  static async make(more: { readonly first?: string; readonly last?: string } = {}): Promise<SshdHost> {
    const host = new SshdHost();
    mkdirSync(host.configDir);
    // Without it an sshd of root ends at once; packages make it at boot.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", host.hostKey]);
    host.#port = await freePort();
    writeFileSync(
      host.configFile,
      host.configText(more.first ?? `Include ${host.configDir}/*.conf`, more.last),
    );
    return host;
  }

  configText(first: string, last = ""): string {
    return `${first}
Port ${this.port}
ListenAddress 127.0.0.1
HostKey ${this.hostKey}
PidFile ${this.pidFile}
UsePAM no
StrictModes no
LogLevel VERBOSE
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AuthorizedKeysFile none
${last}
`;
  }

  async start(): Promise<void> {
    if (sshdProgram === undefined) throw new Error("sshd is not installed (openssh-server)");
    const child = spawn(sshdProgram, ["-D", "-e", "-f", this.configFile], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
    await this.logged("Server listening on");
  }

  /** Waits until sshd has written this. */
  async logged(words: string): Promise<void> {
    for (const until = Date.now() + READY_MS; Date.now() < until; await wait(20)) {
      if (this.#log.includes(words)) return;
      if (this.#process?.exitCode !== null) break;
    }
    throw new Error(`sshd did not say "${words}":\n${this.#log}`);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), "utf8");
  }

  write(path: string, text: string | Uint8Array): string {
    const file = join(this.directory, path);
    writeFileSync(file, text);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A port of the loopback interface that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever the end is. */
export function ended(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { timeout: COMMAND_MS, ...(env === undefined ? {} : { env }) },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === "number") resolve({ code, stdout, stderr });
        else reject(error);
      },
    );
    child.stdin?.end();
  });
}

const sallyportProgram = fileURLToPath(new URL("../../packages/server/dist/main.js", import.meta.url));

/** Runs `sallyport`, as root does it on a server, against that sshd. */
export function sallyport(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return ended(process.execPath, [sallyportProgram, ...args], { PATH, NODE_COMPILE_CACHE, ...env });
}

export interface Login {
  /** Private key file, with the certificate beside it. */
  readonly key: string;
  readonly knownHosts: string;
  readonly user?: string;
  readonly options?: readonly string[];
  readonly command?: readonly string[];
  /** Further flags of ssh, before the name of the host. */
  readonly flags?: readonly string[];
}

/** Logs in with the real ssh, which asks nobody anything. */
export function logIn(
  host: SshdHost,
  { key, knownHosts, user = account, options = [], flags = [], command = ["echo", "in"] }: Login,
) {
  const settings = [
    "BatchMode=yes",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${knownHosts}`,
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    ...options,
  ].flatMap((option) => ["-o", option]);
  const where = ["-F", "/dev/null", "-p", String(host.port), "-i", key, "-l", user];
  return ended("ssh", [...where, ...settings, ...flags, "127.0.0.1", ...command]);
}
