import { encodePem, parseCertificate } from "@sallyport/x509";
import { databaseAuthorities } from "./sign-database.ts";
import type { SignFormat } from "./sign-format.ts";

/** The public keys by which Snowflake knows the cluster. Nothing is issued, and nothing in it is secret. */
export const snowflake: SignFormat = {
  holder: "nobody",
  paths: ({ out }) => [`${out}.pub`],
  sign: async (client, { out }) => {
    const authorities = await databaseAuthorities(client, "db_client");
    const keys = authorities.map((pem) => encodePem("PUBLIC KEY", parseCertificate(pem).spki));
    const settings = keys.map((pem, index) => {
      const name = index === 0 ? "RSA_PUBLIC_KEY" : `RSA_PUBLIC_KEY_${index + 1}`;
      return `  ALTER USER alice SET ${name}='${bodyOf(pem)}';`;
    });
    return {
      files: [{ path: `${out}.pub`, content: keys.join("") }],
      says: `The public key is in ${out}.pub.

In Snowflake, for every user who may come through the cluster:
${settings.join("\n")}`,
    };
  },
};

/** Without the first and the last line and in one, as Snowflake takes it. */
const bodyOf = (pem: string): string => pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
