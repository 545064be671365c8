import {
  attributeValues,
  type CertificateRequest,
  type CertificateTemplate,
  type Extension,
  encodePem,
  issueCertificate,
  type Name,
  nameOid,
  parseCertificateRequest,
} from "@sallyport/x509";
import type { AuditEntry } from "../audit/index.ts";
import type { CertificateKind, Inventory } from "../certificates/index.ts";
import type { Call } from "../rpc/index.ts";
import type { Change } from "../storage/index.ts";
import type { TlsCa } from "./ca-keys.ts";
import { requestedCertificateCreated } from "./events.ts";
import { requestedEntry } from "./inventory-entry.ts";
import { refuseInput } from "./refuse-input.ts";
import { SKEW_MS } from "./sign-user-certificates.ts";

interface CsrDeps {
  readonly inventory: Inventory;
  auditChange(entry: AuditEntry): Change;
}

/** What was decided on a certificate that a request (PKCS#10) was sent for. */
export interface CsrDecision
  extends Pick<CertificateTemplate, "keyUsage" | "extKeyUsage" | "sans" | "extensions"> {
  readonly ca: TlsCa;
  readonly kind: CertificateKind;
  readonly subject: Name;
  readonly expiresAt: number;
  readonly usage?: readonly string[];
  /** Throws where whom it names is locked by now. */
  refuseLocked?(): void;
}

/** A request as PEM, signed by its own key. Throws BAD_PARAMETER. */
export const readCsr = (pem: Uint8Array): Promise<CertificateRequest> =>
  refuseInput("the certificate request is refused", () =>
    parseCertificateRequest(Buffer.from(pem).toString("utf8")),
  );

/** Issues for the key of a request exactly what was decided, never beyond the authority; recorded, then released. */
export async function issueForCsr(
  deps: CsrDeps,
  { spki }: CertificateRequest,
  decision: CsrDecision,
  call: Call,
): Promise<string> {
  const { ca, subject, sans, kind, usage = [] } = decision;
  const issuing = { keys: { x509: spki }, call };
  deps.inventory.refuseRevoked(issuing);
  const number = deps.inventory.next(call.now);
  const expiresAt = Math.min(decision.expiresAt, ca.endsAt);
  const der = await refuseInput("the certificate cannot be written", () =>
    issueCertificate({
      issuer: ca.issuer,
      subject,
      publicKey: spki,
      serialNumber: number.x509Serial,
      notBeforeAt: call.now - SKEW_MS,
      notAfterAt: expiresAt,
      keyUsage: decision.keyUsage,
      ...(decision.extKeyUsage && { extKeyUsage: decision.extKeyUsage }),
      ...(sans && { sans }),
      extensions: withPointers(decision.extensions, deps.inventory.pointers(ca.caType, ca.fingerprint)),
    }),
  );
  const issued = {
    kind,
    name: attributeValues(subject, nameOid.commonName)[0] ?? "",
    principals: [...(sans?.dns ?? []), ...(sans?.ip ?? [])],
    usage,
    expiresAt,
  };
  const certificate = requestedEntry({ ...issued, ca, number, spki, call });
  const refuseLocked = decision.refuseLocked ?? (() => undefined);
  const entry = deps.auditChange(requestedCertificateCreated({ ...issued, caType: ca.caType }, call));
  await deps.inventory.record({ ...issuing, certificate, refuseLocked }, entry);
  return encodePem("CERTIFICATE", der);
}

/** What was decided is said once: a place that the request itself names stays the only one of its kind. */
function withPointers(
  decided: readonly Extension[] = [],
  pointers: readonly Extension[],
): readonly Extension[] {
  return [...decided, ...pointers.filter(({ oid }) => decided.every((one) => one.oid !== oid))];
}
