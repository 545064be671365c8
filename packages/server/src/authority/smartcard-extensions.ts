import { AppError } from "@sallyport/api";
import { type CertificateRequest, crlDistributionPoints, type Extension } from "@sallyport/x509";
import { refuseInput } from "./refuse-input.ts";

/** What Windows reads a user from: purposes, names, and the mapping to an account of Active Directory. */
const passed = new Set(["2.5.29.37", "2.5.29.17", "1.3.6.1.4.1.311.25.2"]);

/**
 * The extensions of a smart card certificate: those of the request that Windows needs, and where the revocation list
 * is. Whatever else is asked for is left out, above all what would make the certificate that of a CA (threat 1).
 */
export async function smartcardExtensions(
  csr: CertificateRequest,
  crlEndpoint: string,
  alsoPassed: readonly string[] = [],
): Promise<readonly Extension[]> {
  const asked = csr.extensions.filter(({ oid }) => passed.has(oid) || alsoPassed.includes(oid));
  if (new Set(asked.map(({ oid }) => oid)).size !== asked.length) {
    throw new AppError("BAD_PARAMETER", "the certificate request asks for an extension twice");
  }
  if (crlEndpoint === "") return asked;
  // Teleport's clients write the spaces of the directory's names as they are; in a URL they are escaped (RFC 4516).
  const url = crlEndpoint.replaceAll(" ", "%20");
  const place = await refuseInput("the crl_endpoint is refused", () => crlDistributionPoints([url]));
  return [...asked, place];
}
