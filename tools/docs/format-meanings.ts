/** What is in the files of each form of `auth sign`, in the order of the files, and what is peculiar to it. */
export const formatMeanings: Readonly<Record<string, string>> = {
  file: "private key, SSH certificate, TLS certificate, then the host authorities as `@cert-authority` lines and as PEM",
  openssh:
    "private key (ECDSA and Ed25519 in OpenSSH's own form); SSH certificate, one line. For a host: no end, no key id, exactly the names of `--host`",
  tls: "certificate; private key; host authorities",
  kubernetes: "a kubeconfig with key and certificate in it; added to one that is there, unless `--overwrite`",
  db: "private key; certificate; authorities of the other side: of clients (`db_client`) for a host, of servers (`db`) for an account (`--db-user`)",
  mongodb:
    "certificate, then private key; authorities of clients. Subject: CN = first host, O = the cluster, as MongoDB demands of members",
  cockroachdb: "private key; certificate for CN `node`; authorities of servers; authorities of clients",
  redis: "private key; certificate; authorities of clients",
  elasticsearch: "private key; certificate; authorities of clients",
  scylla: "private key; certificate; authorities of clients",
  cassandra:
    "JKS with key and certificate; JKS with the authorities of clients. The password of both is printed, and nowhere else",
  oracle:
    "PKCS #12 with key, certificate and authorities; authorities of clients, `OUT.ca-client-0.crt`, `-1` while a rotation trusts two. Where `orapki` is on PATH: the wallet `OUT/cwallet.sso` in place of both",
  windows: "certificate alone, DER; the key is not kept",
  snowflake: "public keys of the authority of database clients, PEM; nothing is issued",
};

/** What each type of `auth export` prints. */
export const exportMeanings: Readonly<Record<string, string>> = {
  user: "`cert-authority KEY clustername=CLUSTER&type=user`, each key that is trusted: a line of authorized_keys; without its first word, of TrustedUserCAKeys",
  host: "`@cert-authority CLUSTER,*.CLUSTER KEY type=host`, each key that is trusted: a line of known_hosts",
  openssh: "as `user`, of the authority for servers that a proxy logs in to",
  "tls-host": "certificate of the `host` authority, PEM: what clients of the API trust",
  "tls-user": "certificate of the `user` authority, PEM",
  "tls-user-der": "the same, DER",
  "tls-spiffe": "certificate of the `spiffe` authority, PEM",
  windows: "certificate of the `user` authority, DER",
  db: "certificate of the `db` authority, PEM: what clients of databases trust",
  "db-der": "the same, DER",
  "db-client": "certificate of the `db_client` authority, PEM: what databases trust",
  "db-client-der": "the same, DER",
  "saml-idp": "certificate of the `saml_idp` authority, DER",
  awsra: "certificate of the `awsra` authority, PEM",
};

/** The kinds of certificates: by which authority, for how long, and what else sets one kind apart. */
export const kindRows: readonly (readonly string[])[] = [
  [
    "user",
    "`user`",
    "as asked, at most what roles, requests and the own certificate allow",
    "serverAuth, clientAuth",
    "none",
  ],
  [
    "host of the cluster",
    "`host`",
    "10 years; SSH without end",
    "serverAuth, clientAuth",
    "names of the host; `*.teleport.cluster.local` for services that clients know by it",
  ],
  ["database server", "`db`", "`--ttl`", "serverAuth", "names and addresses of `--host`"],
  ["database client", "`db_client`", "`--ttl`", "clientAuth", "as asked"],
  ["database session (`SignDatabaseCSR`)", "`db`", "12 hours at most", "clientAuth", "none"],
  [
    "Windows desktop",
    "`user`",
    "as asked",
    "of the request: clientAuth, smart card logon",
    "of the request: the user principal name",
  ],
  [
    "X.509 SVID",
    "`spiffe`",
    "1 hour, 24 at most",
    "serverAuth, clientAuth",
    "`spiffe://CLUSTER/PATH`; DNS names of the template",
  ],
];
