import { isIP } from "node:net";
import type { TlsMaterial } from "../rpc/index.ts";
import { issueSystemIdentity, type SystemIssuing } from "./issue-system-identity.ts";

/** The server certificate is made at every start and lives this long. */
const SERVER_CERT_MS = 10 * 365 * 24 * 60 * 60 * 1000;
const CLUSTER_DOMAIN = "teleport.cluster.local";
const systemNames = ["auth", "admin", "proxy", "kube", "app", "db", "desktop", "okta"];

export interface ServerNames {
  readonly clusterName: string;
  readonly hostId: string;
  /** Host names and addresses that clients dial; 2020-era clients verify these. */
  readonly publicAddresses: readonly string[];
}

/** Key, certificate and client CAs of the auth port. */
export async function createServerMaterial(
  issuing: SystemIssuing,
  names: ServerNames,
  now: number,
): Promise<TlsMaterial> {
  const all = [...new Set(["localhost", "127.0.0.1", "::1", ...names.publicAddresses])].filter(
    (name) => name !== "",
  );
  const hex = Buffer.from(names.clusterName).toString("hex");
  const identity = await issueSystemIdentity(issuing, {
    role: "Auth",
    hostId: names.hostId,
    clusterName: names.clusterName,
    now,
    expiresAt: now + SERVER_CERT_MS,
    isServer: true,
    dns: [
      CLUSTER_DOMAIN,
      `*.${CLUSTER_DOMAIN}`,
      ...systemNames.map((name) => `${name}.${CLUSTER_DOMAIN}`),
      ...(hex.length <= 63 ? [`${hex}.${CLUSTER_DOMAIN}`] : []),
      ...all.filter((name) => isIP(name) === 0),
    ],
    ip: all.filter((name) => isIP(name) !== 0),
  });
  return {
    key: identity.privateKeyPem,
    cert: identity.tlsPem,
    clientCas: [...issuing.keyring.host.tlsCertificates, ...issuing.keyring.user.tlsCertificates],
  };
}
