import { type Client, parseResource } from "@sallyport/api";
import { connect, defaultServerName, fromIdentityFile } from "@sallyport/api/node";
import { encodePem, encodePrivateKeyPem, exportSpki, generateKey } from "@sallyport/x509";
import { type Daemon, type DaemonOptions, startDaemon } from "../support/daemon.ts";
import { readIdentityFile } from "../support/pem-files.ts";
import type { Target } from "./loader.ts";
import type { Settings } from "./settings.ts";

const HOUR_MS = 60 * 60 * 1000;

/** A daemon with somebody who asks and somebody who looks. */
export interface BenchCluster {
  readonly daemon: Daemon;
  readonly pid: number;
  /** May ask for the role `dev`. */
  readonly requester: (connections: number) => Target;
  /** Reads all access requests, as an access plugin does, and creates them for others. */
  readonly plugin: (connections: number) => Target;
}

export async function startBenchCluster(settings: Settings, name: string): Promise<BenchCluster> {
  const daemon = await startDaemon({ ...profiled(settings), clusterName: name });
  const credentials = fromIdentityFile(daemon.adminIdentity);
  await using admin = await connect({ address: daemon.address, credentials });
  await addRole(admin, "dev", { logins: ["ubuntu"] });
  await addRole(admin, "asks", { logins: ["alice"], request: { roles: ["dev"] } });
  await addRole(admin, "looks", {
    logins: ["plugin"],
    rules: [{ resources: ["access_request"], verbs: ["list", "read", "update", "create"] }],
  });
  return {
    daemon,
    pid: pidOf(daemon),
    requester: await addUser(admin, daemon, "alice", "asks"),
    plugin: await addUser(admin, daemon, "plugin", "looks"),
  };
}

/** Where a run is to be profiled, the options of Node for it. */
export function profiled({ profileDir }: Settings): DaemonOptions {
  return profileDir === undefined ? {} : { nodeArgs: ["--cpu-prof", `--cpu-prof-dir=${profileDir}`] };
}

export function pidOf(daemon: Daemon): number {
  if (daemon.process.pid === undefined) throw new Error("the daemon has no process");
  return daemon.process.pid;
}

async function addRole(admin: Client, name: string, allow: object): Promise<void> {
  const resource = parseResource({ kind: "role", version: "v7", metadata: { name }, spec: { allow } });
  if (resource.kind === "role") await admin.roles.upsert(resource.message);
}

async function addUser(admin: Client, daemon: Daemon, name: string, role: string) {
  await admin.users.upsert({
    Kind: "user",
    Version: "v2",
    Metadata: { Name: name },
    Spec: { Roles: [role] },
  });
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const { tls } = await admin.certificates.generateUserCerts({
    user: name,
    tlsPublicKey: encodePem("PUBLIC KEY", exportSpki(publicKey)),
    expiresAt: Date.now() + 8 * HOUR_MS,
  });
  const { cas } = readIdentityFile(daemon.adminIdentity);
  const serverName = defaultServerName;
  const side = { serverName, key: encodePrivateKeyPem(privateKey), cert: tls, ca: cas.toString() };
  return (connections: number): Target => ({ address: daemon.address, ...side, connections });
}
