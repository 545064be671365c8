/** One attribute of a distinguished name: dotted object identifier and its string value. */
export interface NameAttribute {
  readonly oid: string;
  readonly value: string;
}

/** A relative distinguished name: a set of attributes, so their order means nothing. */
export type Rdn = readonly NameAttribute[];

/** A distinguished name (RDNSequence, RFC 5280 section 4.1.2.4), in the order of the encoding. */
export type Name = readonly Rdn[];

/** Object identifiers of the usual attributes (RFC 5280 appendix A.1). */
export const nameOid = {
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  country: "2.5.4.6",
  locality: "2.5.4.7",
  province: "2.5.4.8",
  streetAddress: "2.5.4.9",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  postalCode: "2.5.4.17",
} as const;

/** All values of one attribute, wherever in the name they stand. */
export function attributeValues(name: Name, oid: string): string[] {
  return name.flatMap((rdn) => rdn.filter((one) => one.oid === oid).map((one) => one.value));
}
