import { type DatabaseFiles, signDatabase, signDatabaseAccount } from "./sign-database.ts";
import type { SignFormat } from "./sign-format.ts";

/** Key, certificate and authorities of clients in a file each. */
function threeFiles(next: (out: string) => string): SignFormat {
  return {
    holder: "host",
    paths: ({ out }) => [`${out}.key`, `${out}.crt`, `${out}.cas`],
    sign: async (client, wish) => ({
      files: inThreeFiles(wish.out, await signDatabase(client, wish)),
      says: saysWhere(wish.out, "clients") + next(wish.out),
    }),
  };
}

const inThreeFiles = (out: string, { privateKey, certificate, authorities }: DatabaseFiles) => [
  { path: `${out}.key`, content: privateKey },
  { path: `${out}.crt`, content: certificate },
  { path: `${out}.cas`, content: authorities.join("") },
];

const saysWhere = (out: string, others: "clients" | "servers") =>
  `The key is in ${out}.key, its certificate in ${out}.crt, the authority of ${others} in ${out}.cas.\n`;

const postgresOrMysqlServer = threeFiles(
  (out) => `
PostgreSQL, in postgresql.conf:
  ssl = on
  ssl_cert_file = '/path/to/${out}.crt'
  ssl_key_file = '/path/to/${out}.key'
  ssl_ca_file = '/path/to/${out}.cas'
and in pg_hba.conf, so that nobody comes in without a certificate:
  hostssl all all all cert
The key has to belong to the user that PostgreSQL runs as.

MySQL and MariaDB, below [mysqld]:
  require_secure_transport = ON
  ssl_cert = /path/to/${out}.crt
  ssl_key = /path/to/${out}.key
  ssl_ca = /path/to/${out}.cas
and for each account: ALTER USER 'alice'@'%' REQUIRE SUBJECT '/CN=alice';`,
);

/** For a server, or for an account of such servers. */
export const postgresOrMysql: SignFormat = {
  ...postgresOrMysqlServer,
  sign: async (client, wish) => {
    const { out, databaseAccount } = wish;
    if (databaseAccount === undefined) return postgresOrMysqlServer.sign(client, wish);
    return {
      files: inThreeFiles(out, await signDatabaseAccount(client, wish, databaseAccount)),
      says: saysWhere(out, "servers") + accountNext(out, databaseAccount),
    };
  },
};

const accountNext = (out: string, account: string) => `
psql, and whatever takes a connection string of PostgreSQL:
  psql "host=HOST user=${account} dbname=DATABASE sslmode=verify-full sslrootcert=${out}.cas sslcert=${out}.crt sslkey=${out}.key"

mysql:
  mysql --host=HOST --user=${account} --ssl-mode=VERIFY_IDENTITY --ssl-ca=${out}.cas --ssl-cert=${out}.crt --ssl-key=${out}.key`;

export const redis = threeFiles(
  (out) => `
In redis.conf:
  tls-port 6379
  port 0
  tls-cert-file /path/to/${out}.crt
  tls-key-file /path/to/${out}.key
  tls-ca-cert-file /path/to/${out}.cas
  tls-auth-clients yes
  tls-protocols "TLSv1.2 TLSv1.3"`,
);

export const elasticsearch = threeFiles(
  (out) => `
In elasticsearch.yml:
  xpack.security.http.ssl:
    enabled: true
    key: /path/to/${out}.key
    certificate: /path/to/${out}.crt
    certificate_authorities: ["/path/to/${out}.cas"]
    client_authentication: required
  xpack.security.authc.realms.pki.pki1:
    order: 1
    certificate_authorities: ["/path/to/${out}.cas"]`,
);

export const scylla = threeFiles(
  (out) => `
In scylla.yaml:
  client_encryption_options:
    enabled: true
    certificate: /path/to/${out}.crt
    keyfile: /path/to/${out}.key
    truststore: /path/to/${out}.cas
    require_client_auth: true`,
);

/** MongoDB wants certificate and key in one file, and the cluster as organization, by which it tells members. */
export const mongodb: SignFormat = {
  holder: "host",
  paths: ({ out }) => [`${out}.crt`, `${out}.cas`],
  sign: async (client, wish) => {
    const { out } = wish;
    const { privateKey, certificate, authorities } = await signDatabase(client, wish, {
      hasOrganization: true,
    });
    return {
      files: [
        { path: `${out}.crt`, content: `${certificate}${privateKey}` },
        { path: `${out}.cas`, content: authorities.join("") },
      ],
      says: `Certificate and key are in ${out}.crt, the authority of clients is in ${out}.cas.

In mongod.conf:
  net:
    tls:
      mode: requireTLS
      certificateKeyFile: /path/to/${out}.crt
      CAFile: /path/to/${out}.cas`,
    };
  },
};
