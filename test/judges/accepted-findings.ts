/** What a linter says and we leave as it is. Whoever adds one says why. */
export interface AcceptedFinding {
  readonly lint: string;
  /** The files that it may be said of. */
  readonly files: RegExp;
  /** What it may be about, where the same lint would be a defect elsewhere. */
  readonly detail?: RegExp;
  readonly because: string;
}

const people = /^user(-[a-z]+)?\.crt$/;
const services = /^(auth-server|service)\.crt$/;
const endEntities = /^(?!ca-).*\.crt$/;

/** Certificates are read by the Teleport API's own readers, and the identity sits in the subject, by its contract. */
export const acceptedOfZlint: readonly AcceptedFinding[] = [
  {
    lint: "e_subject_postal_code_max_length",
    files: people,
    because: "the traits are in it, as one JSON object",
  },
  {
    lint: "e_subject_printable_string_badalpha",
    files: services,
    detail: /2\.5\.4\.9/,
    because: "the street is always there, and empty where a service is on no way to another cluster",
  },
  {
    lint: "n_multiple_subject_rdn",
    files: people,
    because: "roles and logins are each one name part with several values, which is how readers find them",
  },
  {
    lint: "w_ext_subject_key_identifier_missing_sub_cert",
    files: endEntities,
    because: "nothing is issued by an end entity, so nobody looks for it by its key; readers expect none",
  },
  {
    lint: "n_san_iana_pub_suffix_empty",
    files: /^(db-server|auth-server)\.crt$/,
    detail: /: (db|localhost)$/,
    because: "a private authority, for the names that a host has in its own network",
  },
  {
    lint: "e_key_usage_and_extended_key_usage_inconsistent",
    files: /^db-(client|session)\.crt$/,
    detail: /KeyEncipherment.* ExtKeyUsage clientAuth/,
    because: "with RSA; the key usage goes by the kind of key alone, as the API's own readers know it",
  },
  {
    lint: "e_ecdsa_allowed_ku",
    files: /^workload\.crt$/,
    because: "SVIDs have one key usage whatever their key, by the contract of the API",
  },
  {
    lint: "n_ecdsa_ee_invalid_ku",
    files: /^workload\.crt$/,
    because: "SVIDs have one key usage whatever their key, by the contract of the API",
  },
];

export const acceptedOfPkilint: readonly AcceptedFinding[] = [
  {
    lint: "itu.invalid_asn1_syntax",
    files: services,
    detail: /2\.5\.4\.9.*ValueSizeConstraint object, consts 1, 128/,
    because: "the street is always there, and empty where a service is on no way to another cluster",
  },
  {
    lint: "pkix.rdn_contains_duplicate_attribute_types",
    files: people,
    detail: /"2\.5\.4\.(7|10|11)"/,
    because: "roles and logins are each one name part with several values, which is how readers find them",
  },
  {
    lint: "pkix.certificate_skid_end_entity_missing",
    files: endEntities,
    because: "nothing is issued by an end entity, so nobody looks for it by its key; readers expect none",
  },
  {
    lint: "pkix.invalid_domain_name_syntax",
    files: /^(auth-server|service|db-server)\.crt$/,
    detail: /"(\*\.[a-z.]+|localhost|db)"$/,
    because: "wildcards, and names without a dot that a host has in its own network",
  },
  {
    lint: "pkix.subject_key_identifier_rfc7093_method_1_identified",
    files: /^ca-.*\.crt$/,
    because: "no fault: it tells how the identifier was made, from SHA-256",
  },
  {
    lint: "pkix.ldap_uri_not_validated",
    files: /^windows\.crt$/,
    because: "no fault: Active Directory has its revocation lists in LDAP",
  },
  {
    lint: "pkix.key_usage_value_prohibited_for_ec",
    files: /^workload\.crt$/,
    because: "SVIDs have one key usage whatever their key, by the contract of the API",
  },
  {
    lint: "pkix.key_usage_value_prohibited_for_rsa",
    files: /^workload\.crt$/,
    because: "SVIDs have one key usage whatever their key, by the contract of the API",
  },
  {
    lint: "pkix.invalid_uri_syntax",
    files: /^workload\.crt$/,
    detail: /"spiffe:\/\/test\.example\/web"$/,
    because: "it is a URI, of a scheme that the linter does not know",
  },
];
