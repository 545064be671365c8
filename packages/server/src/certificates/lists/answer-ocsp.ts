import { AppError } from "@sallyport/api";
import {
  createOcspResponder,
  isOcspIssuer,
  issueOcspResponse,
  type OcspCertId,
  type OcspRequest,
  type OcspResponder,
  type OcspStatus,
  ocspErrorResponse,
  parseOcspRequest,
  X509Error,
} from "@sallyport/x509";
import { type FoundEntry, findEntry, type SearchDeps } from "../search-certificates.ts";
import { idOfSerial, x509SerialText } from "../serial.ts";
import type { ListAuthorities, X509Authority } from "./authorities.ts";
import { reasonOf } from "./crl-keeper.ts";

export interface OcspDeps extends SearchDeps {
  readonly authorities: ListAuthorities;
}

export interface OcspAnswer {
  readonly der: Buffer;
  /** How long it may be kept, in milliseconds; 0 where it is for this question alone. */
  readonly keepMs: number;
}

const SKEW_MS = 60_000;
const VALID_MS = 3_600_000;
const KEEP_MS = 300_000;

const failed = (error: Parameters<typeof ocspErrorResponse>[0]): OcspAnswer => ({
  der: ocspErrorResponse(error),
  keepMs: 0,
});

/** Answers whether certificates of an authority are good; `type` is that of the URL. Throws NOT_FOUND. */
export async function answerOcsp(
  deps: OcspDeps,
  type: string,
  der: Uint8Array,
  now: number,
): Promise<OcspAnswer> {
  const authorities = await deps.authorities.x509Of(type);
  if (authorities.length === 0)
    throw new AppError("NOT_FOUND", `there is no certificate authority of type ${type}`);
  const request = read(der);
  if (request === undefined) return failed("malformedRequest");
  const authority = authorities.find(({ certificate }) =>
    request.certIds.every((id) => isOcspIssuer(id, certificate)),
  );
  // An answer has one signer, who speaks for its own certificates alone (threat 35).
  if (authority === undefined) return failed("unauthorized");
  const responses = await Promise.all(
    request.certIds.map(async (certId) => ({
      certId,
      status: await statusOf(deps, authority, certId),
      thisUpdateAt: now - SKEW_MS,
      nextUpdateAt: now + VALID_MS,
    })),
  );
  const { nonce } = request;
  const answer = await issueOcspResponse({
    responder: responderOf(authority),
    responses,
    producedAt: now,
    nonce,
  });
  return { der: answer, keepMs: nonce === undefined ? KEEP_MS : 0 };
}

function read(der: Uint8Array): OcspRequest | undefined {
  try {
    return parseOcspRequest(der);
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}

/** Good is only what was issued: a number that nobody gave out is unknown. */
async function statusOf(
  deps: SearchDeps,
  { fingerprint }: X509Authority,
  id: OcspCertId,
): Promise<OcspStatus> {
  const serial = x509SerialText(id.serialNumber);
  const entryId = idOfSerial(serial);
  const entry = entryId === undefined ? undefined : await findEntry(deps, entryId);
  if (!isThis(entry, serial, fingerprint)) return { status: "unknown" };
  const { revoked } = entry;
  if (revoked === undefined) return { status: "good" };
  return { status: "revoked", revokedAt: revoked.revokedAt, reason: reasonOf(revoked) };
}

function isThis(entry: FoundEntry | undefined, serial: string, ca: string): entry is FoundEntry {
  const x509 = entry?.certificate.x509;
  return x509?.serial === serial && x509.ca === ca;
}

const responders = new WeakMap<X509Authority, OcspResponder>();

function responderOf(authority: X509Authority): OcspResponder {
  const known = responders.get(authority);
  if (known !== undefined) return known;
  const made = createOcspResponder(authority.certificate, authority.issuer.key);
  responders.set(authority, made);
  return made;
}
