import { encodeExtension } from "../certificates/extension.ts";
import { signBytes } from "../certificates/signature-algorithm.ts";
import { encodeOid } from "../der/oid.ts";
import { contextConstructed, contextPrimitive, tag } from "../der/tag.ts";
import { bitString, element, octetString, sequence } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import type { OcspCertId } from "./ocsp-cert-id.ts";
import { ocspOid } from "./ocsp-oid.ts";
import type { OcspResponder } from "./ocsp-responder.ts";
import { encodeReason, type RevocationReason } from "./revocation-reason.ts";

/** What is known of a certificate; `unknown` for one that the CA never issued. Times are milliseconds since 1970. */
export type OcspStatus =
  | { readonly status: "good" }
  | { readonly status: "unknown" }
  | {
      readonly status: "revoked";
      readonly revokedAt: number;
      readonly reason?: RevocationReason | undefined;
    };

/** The answer for one certificate. */
export interface OcspSingleResponse {
  /** As the request has it. */
  readonly certId: OcspCertId;
  readonly status: OcspStatus;
  /** When this was known to be so, in milliseconds since 1970, cut to a second. */
  readonly thisUpdateAt: number;
  /** Until when the answer may be kept, in milliseconds since 1970, cut to a second. Default: newer ones are always there. */
  readonly nextUpdateAt?: number;
}

/** What an OCSP response is to say. */
export interface OcspResponseTemplate {
  readonly responder: OcspResponder;
  /** At least one; an answer for each certificate of the request. */
  readonly responses: readonly OcspSingleResponse[];
  /** When it is signed, in milliseconds since 1970, cut to a second. */
  readonly producedAt: number;
  /** The nonce of the request. Default: none, so that the answer may be kept and replayed. */
  readonly nonce?: Uint8Array | undefined;
}

/**
 * Issues a signed OCSP response (RFC 6960 section 4.2): resolves to its DER. An RSA signature is made on the thread pool.
 *
 * @throws X509Error INVALID for no answers, and for times and reasons that must not be written.
 */
export async function issueOcspResponse(template: OcspResponseTemplate): Promise<Buffer> {
  const { responder } = template;
  const data = encodeData(template);
  const signature = await signBytes(responder.algorithm, data, responder.key);
  const { algorithm, certificatesDer } = responder;
  const basic = sequence(data, algorithm.identifier, bitString(signature), certificatesDer);
  const body = sequence(encodeOid(ocspOid.basicResponse), octetString(basic));
  return sequence(encodeResponseStatus(0), element(contextConstructed(0), body));
}

function encodeData({ responder, responses, producedAt, nonce }: OcspResponseTemplate): Buffer {
  if (responses.length === 0)
    throw new X509Error("INVALID", "an OCSP response answers for at least one certificate");
  const extensions =
    nonce === undefined ? [] : [element(contextConstructed(1), sequence(encodeNonce(nonce)))];
  return sequence(
    responder.idDer,
    generalizedTime(producedAt),
    sequence(...responses.map(encodeSingle)),
    ...extensions,
  );
}

function encodeNonce(nonce: Uint8Array): Buffer {
  return encodeExtension({ oid: ocspOid.nonce, critical: false, value: octetString(nonce) });
}

function encodeSingle({ certId, status, thisUpdateAt, nextUpdateAt }: OcspSingleResponse): Buffer {
  const parts = [certId.der, encodeStatus(status), generalizedTime(thisUpdateAt)];
  if (nextUpdateAt === undefined) return sequence(...parts);
  if (!(thisUpdateAt < nextUpdateAt)) {
    throw new X509Error("INVALID", "an OCSP answer must be made before the next one is due");
  }
  return sequence(...parts, element(contextConstructed(0), generalizedTime(nextUpdateAt)));
}

function encodeStatus(status: OcspStatus): Buffer {
  if (status.status === "good") return element(contextPrimitive(0));
  if (status.status === "unknown") return element(contextPrimitive(2));
  const { revokedAt, reason = "unspecified" } = status;
  if (reason === "removeFromCRL")
    throw new X509Error("INVALID", "removeFromCRL is no reason for a revocation");
  const time = generalizedTime(revokedAt);
  if (reason === "unspecified") return element(contextConstructed(1), time);
  return element(contextConstructed(1), time, element(contextConstructed(0), encodeReason(reason)));
}

/** RFC 6960 section 4.2.2.1: these times are always GeneralizedTime, in whole seconds, with `Z`. */
function generalizedTime(at: number): Buffer {
  const date = new Date(at);
  if (!(date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= 9999)) {
    throw new X509Error("INVALID", "a time is outside the years 0 to 9999");
  }
  const digits = date.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  return element(tag.generalizedTime, Buffer.from(`${digits}Z`, "latin1"));
}

/** OCSPResponseStatus by number (RFC 6960 section 4.2.1); 0 is success, 4 was never given away. */
const errors = {
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const;

/** Why there is no answer: `unauthorized` where the responder does not answer for the CA that was asked after. */
export type OcspError = keyof typeof errors;

/** DER of a response that says only why there is no answer; nobody signs it. */
export function ocspErrorResponse(error: OcspError): Buffer {
  return sequence(encodeResponseStatus(errors[error]));
}

function encodeResponseStatus(number: number): Buffer {
  return element(0x0a, Uint8Array.of(number));
}
