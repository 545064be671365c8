import { decodePem, encodeJks, parsePrivateKeyPem } from "@sallyport/x509";
import { keystorePassword } from "./keystore-password.ts";
import { signDatabase } from "./sign-database.ts";
import type { SignFormat } from "./sign-format.ts";

/** Two keystores of Java under one random password, which is shown once and kept nowhere else. */
export const cassandra: SignFormat = {
  holder: "host",
  paths: ({ out }) => [`${out}.keystore`, `${out}.truststore`],
  sign: async (client, wish) => {
    const { out } = wish;
    const { privateKey, certificate, authorities } = await signDatabase(client, wish);
    const password = keystorePassword();
    const createdAt = wish.now();
    const certificates = decodePem(certificate).map(({ der }) => der);
    const own = { alias: "cassandra", createdAt, privateKey: parsePrivateKeyPem(privateKey), certificates };
    const trusted = decodePem(authorities.join("")).map(({ der }, index) => ({
      alias: index === 0 ? "cassandra" : `cassandra-${index}`,
      createdAt,
      trustedCertificate: der,
    }));
    return {
      files: [
        { path: `${out}.keystore`, content: encodeJks({ entries: [own], password }) },
        { path: `${out}.truststore`, content: encodeJks({ entries: trusted, password }) },
      ],
      says: `The keystores are ${out}.keystore and ${out}.truststore. Their password is shown here and nowhere else.

In cassandra.yaml:
  client_encryption_options:
    enabled: true
    optional: false
    keystore: /path/to/${out}.keystore
    keystore_password: "${password}"
    require_client_auth: true
    truststore: /path/to/${out}.truststore
    truststore_password: "${password}"
    protocol: TLS
    store_type: JKS`,
    };
  },
};
