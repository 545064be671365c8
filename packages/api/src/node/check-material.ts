import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { AppError } from "../errors/index.ts";
import type { CredentialMaterial, SshMaterial } from "./credentials.ts";
import { splitPem } from "./pem-blocks.ts";

/** One text and where it came from, for messages. */
export interface Sourced {
  readonly text: string;
  readonly place: string;
}

/** Credentials as they were read. */
export interface RawMaterial {
  readonly cert: Sourced;
  readonly key: Sourced;
  readonly ca: Sourced;
  readonly ssh?: SshMaterial | undefined;
}

/**
 * Checks that there are a certificate, its own key and authorities, and that the certificate is valid now.
 *
 * @param now - milliseconds since 1970
 */
export function checkMaterial(raw: RawMaterial, now: number): CredentialMaterial {
  const [certPem] = certificatesOf(raw.cert, "a client certificate");
  const certificate = parseCertificate(certPem, raw.cert.place);
  const cas = certificatesOf(raw.ca, "the certificate of an authority");
  for (const ca of cas) parseCertificate(ca, raw.ca.place);
  const key = parseKey(raw.key);
  if (!certificate.checkPrivateKey(key)) {
    const words = `the key in ${raw.key.place} is not that of the certificate in ${raw.cert.place}`;
    throw wrong(`${words}; take both from the same output of \`tctl auth sign\``, raw.key.place);
  }
  const expiresAt = checkValidity(certificate, raw.cert.place, now);
  return {
    cert: certPem,
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    ca: cas.join(""),
    ssh: raw.ssh,
    username: nameIn(certificate.toLegacyObject().subject.CN),
    clusterName: clusterOf(certificate),
    expiresAt,
  };
}

function certificatesOf({ text, place }: Sourced, what: string): [string, ...string[]] {
  const { blocks, isUnfinished } = splitPem(text);
  if (isUnfinished) throw wrong(`${place} ends in the middle of a PEM block; it was cut off`, place);
  const [first, ...rest] = blocks.filter(({ label }) => label === "CERTIFICATE").map((block) => block.text);
  if (first !== undefined) return [first, ...rest];
  throw wrong(`${place} holds no PEM certificate; it should be ${what}`, place);
}

function parseCertificate(pem: string, place: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw wrong(`${place} holds a certificate that cannot be read`, place, cause);
  }
}

/** The parser's own error is left out: nothing of a key may reach a log. */
function parseKey({ text, place }: Sourced): KeyObject {
  const block = splitPem(text).blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block === undefined) throw wrong(`${place} holds no PEM private key`, place);
  if (block.label.startsWith("ENCRYPTED") || block.text.includes("ENCRYPTED")) {
    throw wrong(`the private key in ${place} is encrypted; a program needs one that is not`, place);
  }
  try {
    return createPrivateKey(block.text);
  } catch {
    throw wrong(`the private key in ${place} cannot be read`, place);
  }
}

function checkValidity(certificate: X509Certificate, place: string, now: number): number {
  const [validAt, expiresAt] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const iso = (at: number) => new Date(at).toISOString();
  if (expiresAt <= now) {
    const words = `the certificate in ${place} expired at ${iso(expiresAt)}; make a new one, for example with \`tctl auth sign\``;
    throw new AppError("CERTIFICATE_EXPIRED", words, { details: { file: place, hint: "" } });
  }
  if (validAt > now) {
    throw wrong(
      `the certificate in ${place} is valid from ${iso(validAt)} only; is this clock right?`,
      place,
    );
  }
  return expiresAt;
}

function clusterOf(certificate: X509Certificate): string {
  const { issuer } = certificate.toLegacyObject();
  return nameIn(issuer.O) || nameIn(issuer.CN);
}

const nameIn = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? "";

function wrong(message: string, file: string, cause?: unknown): AppError {
  return new AppError("BAD_PARAMETER", message, { details: { file }, cause });
}
