import { AppError, type CertAuthorityV2, isAppError } from "@sallyport/api";
import { decodePem } from "@sallyport/x509";
import type { Client } from "../connection/client.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { knownHostsLines, onlyFingerprint, userAuthorityLines, withNewline } from "./authorities.ts";

/** Type of the export → type of the authority, and the form. */
const tlsTypes: Readonly<Record<string, { readonly authority: string; readonly der: boolean }>> = {
  "tls-host": { authority: "host", der: false },
  "tls-user": { authority: "user", der: false },
  "tls-user-der": { authority: "user", der: true },
  "tls-spiffe": { authority: "spiffe", der: false },
  windows: { authority: "user", der: true },
  db: { authority: "db", der: false },
  "db-der": { authority: "db", der: true },
  "db-client": { authority: "db_client", der: false },
  "db-client-der": { authority: "db_client", der: true },
  "saml-idp": { authority: "saml_idp", der: true },
  awsra: { authority: "awsra", der: false },
};

const sshTypes = ["user", "host", "openssh"];

export const exportTypes: readonly string[] = [...sshTypes, ...Object.keys(tlsTypes)];

export interface ExportWish {
  /** undefined for host lines and then user lines. */
  readonly type?: string | undefined;
  /** Private keys instead of what is public. */
  readonly keys: boolean;
  readonly fingerprint?: string | undefined;
  readonly compat?: string | undefined;
}

/** What to write: all SSH lines in one text; of TLS one blob for each active key. */
export async function exportBlobs(client: Client, wish: ExportWish): Promise<(string | Buffer)[]> {
  const tls = tlsTypes[wish.type ?? ""];
  if (tls !== undefined && wish.fingerprint !== undefined) {
    throw new UsageError("--fingerprint goes with the SSH types only");
  }
  const { ClusterName } = await client.ping();
  if (tls !== undefined) {
    const found = await readOwn(client, tls.authority, ClusterName, wish.keys);
    return found.flatMap((authority) => tlsBlobs(authority, tls.der, wish.keys));
  }
  const types = wish.type === undefined ? ["host", "user"] : [wish.type];
  const lines: string[] = [];
  for (const type of types) {
    const found = await readOwn(client, type, ClusterName, wish.keys);
    lines.push(...found.flatMap((authority) => sshLines(authority, type, wish)));
  }
  return lines.length === 0 ? [] : [lines.join("\n")];
}

/** Asked for by its name, because an authority of a type that nobody has used yet is made when it is asked for. */
async function readOwn(
  client: Client,
  type: string,
  domain: string,
  includeKey: boolean,
): Promise<CertAuthorityV2[]> {
  try {
    return [await client.trust.getCertAuthority({ type, domain, includeKey })];
  } catch (error) {
    if (isAppError(error, "NOT_FOUND")) return [];
    throw error;
  }
}

function tlsBlobs({ Spec }: CertAuthorityV2, der: boolean, keys: boolean): (string | Buffer)[] {
  return (Spec?.ActiveKeys?.TLS ?? []).map(({ Cert, Key }) => {
    if (keys) demandKey(Key);
    const pem = new TextDecoder().decode(keys ? Key : Cert);
    return der ? Buffer.from(decodePem(pem)[0]?.der ?? []) : withNewline(pem).trimEnd();
  });
}

function sshLines(authority: CertAuthorityV2, type: string, wish: ExportWish): string[] {
  const chosen = wish.fingerprint === undefined ? authority : onlyFingerprint(authority, wish.fingerprint);
  if (wish.keys) {
    return (chosen.Spec?.ActiveKeys?.SSH ?? []).map(({ PrivateKey }) => {
      demandKey(PrivateKey);
      return new TextDecoder().decode(PrivateKey).trimEnd();
    });
  }
  // Of any type: servers and scripts of that form know one comment.
  if (type === "host" || wish.compat === "1.0") return knownHostsLines(chosen);
  return userAuthorityLines(chosen);
}

/** A key that never leaves its token is not told; an empty file would look like one that is. */
function demandKey(key: Uint8Array): void {
  if (key.length > 0) return;
  throw new AppError("NOT_FOUND", "the auth service does not give out this private key");
}
