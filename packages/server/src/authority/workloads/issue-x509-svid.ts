import { checkSpki, issueCertificate, type Name, nameOid } from "@sallyport/x509";
import type { Call } from "../../rpc/index.ts";
import type { Change } from "../../storage/index.ts";
import { requestedEntry } from "../inventory-entry.ts";
import { refuseInput } from "../refuse-input.ts";
import { SKEW_MS } from "../sign-user-certificates.ts";
import type { IssuedX509Svid, X509SvidDescription } from "./svid.ts";
import type { SvidDeps } from "./svid-deps.ts";

/**
 * Issues an X.509 SVID for a key (SubjectPublicKeyInfo, DER): recorded, together with the changes that `commitOf`
 * makes of it, then released. Our own API trusts the host and user authorities alone, so nobody calls us with one.
 */
export async function issueX509Svid(
  deps: SvidDeps,
  description: X509SvidDescription,
  publicKey: Uint8Array,
  call: Call,
  commitOf: (issued: IssuedX509Svid) => readonly Change[],
): Promise<IssuedX509Svid> {
  const { spiffeId, dnsSans, ipSans, subject } = description;
  const spki = await refuseInput("the public key is refused", () => checkSpki(publicKey));
  const { tls } = await deps.caKeys("spiffe");
  const issuing = { keys: { x509: spki }, call };
  deps.inventory.refuseRevoked(issuing);
  const number = deps.inventory.next(call.now);
  const expiresAt = Math.min(description.expiresAt, tls.endsAt);
  const der = await refuseInput("the certificate cannot be written", () =>
    issueCertificate({
      issuer: tls.issuer,
      subject: nameOf(subject),
      publicKey: spki,
      serialNumber: number.x509Serial,
      notBeforeAt: call.now - SKEW_MS,
      notAfterAt: expiresAt,
      keyUsage: ["digitalSignature", "keyEncipherment", "keyAgreement"],
      extKeyUsage: ["serverAuth", "clientAuth"],
      sans: { uri: [spiffeId], dns: dnsSans, ip: ipSans },
      extensions: deps.inventory.pointers(tls.caType, tls.fingerprint),
    }),
  );
  const entry = requestedEntry({
    kind: "workload",
    ca: tls,
    number,
    spki,
    name: spiffeId,
    principals: [spiffeId, ...dnsSans, ...ipSans],
    usage: ["x509-svid"],
    expiresAt,
    call,
  });
  const issued = { der, serialNumber: colons(number.x509Hex), expiresAt };
  const certificate = { ...entry, routes: routesOf(description) };
  await deps.inventory.record({ ...issuing, certificate }, ...commitOf(issued));
  return issued;
}

function nameOf({ organization, organizationalUnit, commonName }: X509SvidDescription["subject"]): Name {
  const parts = [
    { oid: nameOid.organization, value: organization },
    { oid: nameOid.organizationalUnit, value: organizationalUnit },
    { oid: nameOid.commonName, value: commonName },
  ];
  return parts.filter(({ value }) => value !== "").map((part) => [part]);
}

/** Without the zero octets that its encoding does not have. */
const colons = (hex: string) =>
  hex.replace(/^(?:00)+/, "").replaceAll(/(?<=[0-9a-f]{2})(?=(?:[0-9a-f]{2})+$)/g, ":");

/** Where the entry of the inventory says that a credential comes from. */
export const routesOf = ({ workloadIdentity }: Pick<X509SvidDescription, "workloadIdentity">) =>
  workloadIdentity === "" ? [] : [`workload_identity=${workloadIdentity}`];
