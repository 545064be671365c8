/** Object identifiers of OCSP (RFC 6960 section 4.4 and appendix B). */
export const ocspOid = {
  signing: "1.3.6.1.5.5.7.3.9",
  basicResponse: "1.3.6.1.5.5.7.48.1.1",
  nonce: "1.3.6.1.5.5.7.48.1.2",
  noCheck: "1.3.6.1.5.5.7.48.1.5",
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
} as const;
