import type { Extension } from "../certificates/extension.ts";
import { encodeOid } from "../der/oid.ts";
import { contextConstructed, contextPrimitive } from "../der/tag.ts";
import { element, sequence } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";

const oid = {
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  crlDistributionPoints: "2.5.29.31",
  ocsp: "1.3.6.1.5.5.7.48.1",
  caIssuers: "1.3.6.1.5.5.7.48.2",
} as const;

// Without white space, quotes, angle brackets, braces and the like (RFC 3986 section 2).
const urlShape = /^[a-z]{2,8}:\/\/[!#-;=?-[\]_a-z~]{1,2000}$/;

/**
 * The extension of a certificate that says where its revocation list is (RFC 5280 section 4.2.1.13): one list, to be
 * had from each of the URLs.
 *
 * @throws X509Error INVALID for no URL and for what is none.
 */
export function crlDistributionPoints(urls: readonly string[]): Extension {
  const fullName = element(contextConstructed(0), ...requireSome(urls).map(encodeUrl));
  const value = sequence(sequence(element(contextConstructed(0), fullName)));
  return { oid: oid.crlDistributionPoints, critical: false, value };
}

/**
 * The extension of a certificate that says where to ask by OCSP, and where to get the certificate of its CA
 * (RFC 5280 section 4.2.2.1).
 *
 * @throws X509Error INVALID for no URL and for what is none.
 */
export function authorityInfoAccess(urls: {
  readonly ocsp?: readonly string[];
  readonly caIssuers?: readonly string[];
}): Extension {
  const describe = (method: "ocsp" | "caIssuers") =>
    (urls[method] ?? []).map((url) => sequence(encodeOid(oid[method]), encodeUrl(url)));
  const value = sequence(...requireSome([...describe("ocsp"), ...describe("caIssuers")]));
  return { oid: oid.authorityInfoAccess, critical: false, value };
}

function requireSome<T>(list: readonly T[]): readonly T[] {
  if (list.length === 0) throw new X509Error("INVALID", "an extension that points somewhere needs a URL");
  return list;
}

function encodeUrl(url: string): Buffer {
  if (!urlShape.test(url))
    throw new X509Error("INVALID", `${JSON.stringify(url.slice(0, 256))} is not a URL`);
  return element(contextPrimitive(6), Buffer.from(url, "latin1"));
}
