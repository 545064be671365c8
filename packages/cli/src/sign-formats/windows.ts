import {
  createCertificateRequest,
  decodePem,
  encodePem,
  generateKey,
  nameOid,
  smartCardExtensions,
} from "@sallyport/x509";
import { served } from "../connection/served.ts";
import { checkExpiry } from "../credentials/check-expiry.ts";
import { UsageError } from "../terminal/exit-code.ts";
import type { SignFormat, SignWish, WindowsWish } from "./sign-format.ts";

const nanosPerMs = 1_000_000n;

/** A smart card certificate without its key, for those who set up Active Directory and want to look at one. */
export const windows: SignFormat = {
  holder: "nobody",
  paths: (wish) => [pathOf(wish)],
  sign: async (client, wish) => {
    const { user, domain, pkiDomain = domain, sid, omitCdp } = demandWindows(wish);
    const [{ ClusterName }, { privateKey }] = await Promise.all([client.ping(), generateKey("rsa-2048")]);
    const request = await createCertificateRequest({
      subject: [[{ oid: nameOid.commonName, value: user }]],
      key: privateKey,
      extensions: smartCardExtensions({ upn: `${user}@${domain}`, sid }),
    });
    const expiresAt = wish.now() + wish.ttlMs;
    const answer = client.auth.generateWindowsDesktopCert({
      CSR: new TextEncoder().encode(encodePem("CERTIFICATE REQUEST", request)),
      CRLEndpoint: omitCdp ? "" : listPlace(ClusterName, pkiDomain),
      TTL: BigInt(wish.ttlMs) * nanosPerMs,
    });
    const { Cert } = await served("certificates for Windows desktops", answer);
    const tls = new TextDecoder().decode(Cert);
    checkExpiry({ tls, ssh: "" }, expiresAt);
    return {
      files: [{ path: pathOf(wish), content: decodePem(tls)[0]?.der ?? new Uint8Array() }],
      says: `The certificate is in ${pathOf(wish)}; its key was not kept. Look at it with: certutil -dump ${pathOf(wish)}`,
    };
  },
};

const pathOf = (wish: SignWish): string => `${wish.out}.${demandWindows(wish).user}.der`;

/** The name of the user is a part of the name of the file, so it must not lead to another folder. */
function demandWindows({ windows: wish }: SignWish): WindowsWish {
  if (wish === undefined || wish.user === "" || wish.domain === "") {
    throw new UsageError("--format=windows needs --windows-user and --windows-domain");
  }
  if (/[/\\\p{Cc}]/u.test(wish.user)) throw new UsageError("--windows-user is the name of an account alone");
  return wish;
}

/** Where desktop services publish the revocation list: below the configuration of the domain (RFC 4516). */
function listPlace(cluster: string, domain: string): string {
  const parts = ["CN=Teleport", "CN=CDP", "CN=Public Key Services", "CN=Services", "CN=Configuration"];
  const names = [`CN=${cluster}`, ...parts, ...domain.split(".").map((part) => `DC=${part}`)];
  const path = names.map(encodeURIComponent).join(",").replaceAll("%3D", "=");
  return `ldap:///${path}?certificateRevocationList?base?objectClass=cRLDistributionPoint`;
}
