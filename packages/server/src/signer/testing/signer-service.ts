import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ServicePlace } from "../service/connect-to-signer.ts";
import { makeSoftToken, type SoftToken } from "./soft-token.ts";

const run = promisify(execFile);
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const flags = ["--conditions=sallyport-source"];

export interface User {
  readonly uid: number;
  readonly gid: number;
}

const isRoot = process.geteuid?.() === 0;
const self: User = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
/** The signer's user and the daemon's, who share a group, and one of neither. Where root is not there, all are this one. */
export const users = {
  areApart: isRoot,
  signer: isRoot ? { uid: 41_001, gid: 41_000 } : self,
  daemon: isRoot ? { uid: 41_002, gid: 41_000 } : self,
  stranger: isRoot ? { uid: 41_003, gid: 41_003 } : self,
} as const satisfies Readonly<Record<string, User | boolean>>;

/** A token of SoftHSM and a signer of its own user with it. */
export interface TestSigner {
  readonly token: SoftToken;
  /** For this process. */
  readonly place: ServicePlace;
  readonly process: ChildProcess | undefined;
  start(): Promise<void>;
  /** Its exit code. */
  run(): Promise<{ readonly code: number | null; readonly output: string }>;
  kill(): Promise<void>;
  /** With `speed`, the waits of the one that asks are over so many times sooner. */
  askAs(
    user: User,
    secretPath: string,
    speed?: number,
  ): Promise<{ readonly asked: string; readonly file: string }>;
  /** A copy of the secret, or another one, for a user. */
  secretFor(user: User, text?: string): string;
  remove(): Promise<void>;
}

export function makeTestSigner(): TestSigner {
  const token = makeSoftToken();
  const { socketPath, configFile, secretFor } = place(token);
  let child: ChildProcess | undefined;
  const begin = () => spawnAs(users.signer, configFile, token);
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return {
    token,
    place: { socketPath, secretPath: secretFor(self) },
    get process() {
      return child;
    },
    secretFor,
    kill,
    start: async () => {
      const started = begin();
      child = started.process;
      while (!started.output().includes("the signer listens")) {
        await Promise.race([once(child.stderr ?? child, "data"), once(child, "exit")]);
        if (child.exitCode !== null) throw new Error(`the signer did not start: ${started.output()}`);
      }
    },
    run: async () => {
      const started = begin();
      const [code] = (await once(started.process, "close")) as [number | null];
      return { code, output: started.output() };
    },
    askAs: async ({ uid, gid }, secretPath, speed = 1) => {
      const who = [`${uid}`, `${gid}`, socketPath, secretPath, token.place.pinPath, `${speed}`];
      const { stdout } = await run(process.execPath, [...flags, script("./ask-as.ts"), ...who]);
      return JSON.parse(stdout) as { asked: string; file: string };
    },
    remove: async () => {
      await kill();
      token.remove();
    },
  };
}

function spawnAs({ uid, gid }: User, configFile: string, token: SoftToken) {
  const args = [...flags, script("./signer-as.ts"), `${uid}`, `${gid}`, configFile];
  const child = spawn(process.execPath, args, {
    env: { HOME: token.folder, SOFTHSM2_CONF: token.configFile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return { process: child, output: () => output };
}

/** Folder, configuration and secrets, each with the user whose it is. */
function place({ folder, place: { modulePath, tokenLabel, pinPath } }: SoftToken) {
  const secret = randomBytes(32).toString("base64");
  let count = 0;
  const secretFor = (user: User, text = secret) => {
    const path = join(folder, `secret-${count++}`);
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    give(path, user);
    return path;
  };
  const runFolder = join(folder, "run");
  mkdirSync(runFolder);
  chmodSync(runFolder, 0o750);
  chmodSync(folder, 0o711);
  give(runFolder, users.signer);
  give(pinPath, users.signer);
  giveAll(join(folder, "tokens"), users.signer);
  const socketPath = join(runFolder, "socket");
  const configFile = join(folder, "signer.yaml");
  const config = {
    version: "v3",
    auth_service: {
      ca_key_params: {
        pkcs11: { module_path: modulePath, token_label: tokenLabel, pin_path: pinPath },
      },
    },
    sallyport: { ca_key_signer: { socket: socketPath, secret_path: secretFor(users.signer) } },
  };
  writeFileSync(configFile, JSON.stringify(config));
  return { socketPath, configFile, secretFor };
}

function give(path: string, { uid, gid }: User): void {
  if (isRoot) chownSync(path, uid, gid);
}

function giveAll(path: string, user: User): void {
  give(path, user);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAll(join(path, name), user);
}
