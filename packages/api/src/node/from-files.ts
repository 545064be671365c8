import { checkMaterial } from "./check-material.ts";
import type { Credentials } from "./credentials.ts";
import { readCredentialFile } from "./read-credential-file.ts";

/** The three PEM files that `tctl auth sign --format=tls --out=NAME` writes. */
export interface CredentialFiles {
  /** `NAME.crt`: the client certificate. */
  readonly cert: string;
  /** `NAME.key`: its private key. */
  readonly key: string;
  /** `NAME.cas`: the certificates of the cluster's authorities. */
  readonly ca: string;
}

/**
 * Credentials in three PEM files. They are read when a connection is made.
 *
 * @example fromFiles({ cert: "auth.crt", key: "auth.key", ca: "auth.cas" })
 */
export function fromFiles(files: CredentialFiles): Credentials {
  const read = async (path: string, what: string) => ({
    text: await readCredentialFile(path, what),
    place: path,
  });
  return {
    description: files.cert,
    files: [files.cert, files.key, files.ca],
    async load() {
      const [cert, key, ca] = await Promise.all([
        read(files.cert, "a client certificate"),
        read(files.key, "the private key of the client certificate"),
        read(files.ca, "the certificates of the cluster's authorities"),
      ]);
      return checkMaterial({ cert, key, ca }, Date.now());
    },
  };
}
