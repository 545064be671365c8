import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, fromIdentityFile, fromMemory, type NodeClient } from "@sallyport/api/node";
import type { Daemon } from "../support/daemon.ts";

/** A client of the administrator of the daemon's host. */
export function connectAdmin({ address, adminIdentity }: Daemon): Promise<NodeClient> {
  // Read at once: the file is another one after the next start.
  return connect({ address, credentials: fromIdentityFile(readFileSync(adminIdentity, "utf8")) });
}

/** A client of a user, with a fresh certificate that the administrator asked for. */
export async function connectUser(daemon: Daemon, admin: NodeClient, user: string): Promise<NodeClient> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { tls } = await admin.certificates.generateUserCerts({
    user,
    tlsPublicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    expiresAt: Date.now() + 3_600_000,
  });
  const identity = await fromIdentityFile(readFileSync(daemon.adminIdentity, "utf8")).load();
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return connect({ address: daemon.address, credentials: fromMemory({ cert: tls, key, ca: identity.ca }) });
}
