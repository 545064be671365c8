import { AppError } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import {
  formatPublicKeyLine,
  parseSshCertificate,
  type SshCertificate,
  type SshPublicKey,
  verifySshCertificate,
} from "@sallyport/ssh";
import { fetchAuthorityKeys, readSmallFile } from "../authority-keys.ts";
import type { HostKey } from "./host-keys.ts";
import type { CertifiedKey } from "./host-setup.ts";

interface HostCertificateWish {
  readonly hostKeys: readonly HostKey[];
  readonly hostNames: readonly string[];
  /** 0 = no end. */
  readonly ttlMs: number;
  readonly now: number;
}

/** Has the cluster certify the keys that the host has; the private keys are not even read. */
export async function requestHostCertificates(
  client: NodeClient,
  wish: HostCertificateWish,
): Promise<CertifiedKey[]> {
  const authorities = await fetchAuthorityKeys(client, "host");
  const certified: CertifiedKey[] = [];
  for (const key of wish.hostKeys) {
    const { sshCertificate } = await client.trust.generateHostCert({
      key: new TextEncoder().encode(formatPublicKeyLine(key.publicKey)),
      principals: [...wish.hostNames],
      clusterName: client.identity.clusterName,
      role: "Node",
      ttl: { seconds: BigInt(Math.floor(wish.ttlMs / 1000)), nanos: 0 },
    });
    const certificate = new TextDecoder().decode(sshCertificate).trim();
    checkHostCertificate(parseSshCertificate(certificate), key, wish, authorities);
    certified.push({ keyFile: key.file, certificate });
  }
  return certified;
}

/** Certificates that were issued elsewhere, each with the host key that it is for. */
export function readHostCertificates(files: readonly string[], wish: HostCertificateWish): CertifiedKey[] {
  return files.map((file) => {
    const line = readSmallFile(file).trim();
    const certificate = parseSshCertificate(line);
    const key = wish.hostKeys.find(({ publicKey }) => isSameKey(publicKey, certificate.publicKey));
    if (key === undefined) throw refused(`${file} is for none of the host's keys`);
    checkHostCertificate(certificate, key, wish, [certificate.signatureKey]);
    return { keyFile: key.file, certificate: line };
  });
}

/** Whatever the far side says: it is a host's, of this key, for exactly these names, and valid now. */
function checkHostCertificate(
  certificate: SshCertificate,
  key: HostKey,
  { hostNames, now }: HostCertificateWish,
  authorities: readonly SshPublicKey[],
): void {
  if (!isSameKey(certificate.publicKey, key.publicKey)) throw refused(`it is not for the key ${key.file}`);
  const { principals } = certificate;
  if (principals.length !== hostNames.length || !hostNames.every((name) => principals.includes(name))) {
    throw refused(`it is for ${principals.join(", ")} and not for ${hostNames.join(", ")}`);
  }
  for (const principal of hostNames) {
    const verdict = verifySshCertificate(certificate, { use: "host", authorities, now, principal });
    if (!verdict.ok) throw refused(verdict.refusal);
  }
}

const isSameKey = (one: SshPublicKey, other: SshPublicKey) => Buffer.compare(one.blob, other.blob) === 0;

const refused = (because: string) =>
  new AppError("BAD_PARAMETER", `the host certificate is not used: ${because}`);
