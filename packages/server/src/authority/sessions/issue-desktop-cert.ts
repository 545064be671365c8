import { AppError, identityArc } from "@sallyport/api";
import type { WindowsDesktopCertRequest } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { type Extension, nameOid } from "@sallyport/x509";
import { type Call, readNanos } from "../../rpc/index.ts";
import { issueForCsr, readCsr } from "../issue-for-csr.ts";
import type { ServiceIssueDeps } from "../service-deps.ts";
import { smartcardExtensions } from "../smartcard-extensions.ts";

/** Whether the account is to be made, and the state of Active Directory: what a desktop service tells the desktop. */
const desktopAsks = [`${identityArc}2.16`, `${identityArc}2.22`];

/** What the desktop wants to know of the cluster: its licence, and whether it has more desktops than that allows. */
const clusterSays: readonly Extension[] = [
  { oid: `${identityArc}2.14`, critical: false, value: Buffer.from("oss") },
  { oid: `${identityArc}2.17`, critical: false, value: Buffer.from("false") },
];

/**
 * The smart card certificate of a Windows user, by the user authority. Windows reads the account from extensions, so
 * its subject is a common name alone: without roles and without a cluster it is nobody to this API.
 */
export async function issueDesktopCert(
  deps: ServiceIssueDeps,
  request: WindowsDesktopCertRequest,
  call: Call,
) {
  const ttlMs = readNanos(request.TTL);
  if (ttlMs <= 0) throw new AppError("BAD_PARAMETER", "the lifetime of the certificate is missing");
  const csr = await readCsr(request.CSR);
  const attributes = csr.subject.flat();
  if (attributes.length !== 1 || attributes[0]?.oid !== nameOid.commonName) {
    throw new AppError(
      "BAD_PARAMETER",
      "the subject of the certificate request must be a common name and nothing else",
    );
  }
  const { tls } = await deps.caKeys("user");
  const cert = await issueForCsr(
    deps,
    csr,
    {
      ca: tls,
      kind: "windows_desktop",
      subject: csr.subject,
      usage: ["usage:windows_desktop"],
      expiresAt: call.now + ttlMs,
      keyUsage: ["digitalSignature"],
      extensions: [...(await smartcardExtensions(csr, request.CRLEndpoint, desktopAsks)), ...clusterSays],
    },
    call,
  );
  return { Cert: Buffer.from(cert) };
}
