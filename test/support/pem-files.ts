import { readFileSync } from "node:fs";

/** What an access plugin has: certificate, private key and the CAs that it trusts, all PEM. */
export interface PemFiles {
  readonly crt: Buffer;
  readonly key: Buffer;
  readonly cas: Buffer;
}

/** Reads `OUT.crt`, `OUT.key` and `OUT.cas` as `tctl auth sign --format=tls --out=OUT` writes them. */
export function readPemFiles(out: string): PemFiles {
  const read = (extension: string) => readFileSync(`${out}.${extension}`);
  return { crt: read("crt"), key: read("key"), cas: read("cas") };
}

/** The three parts of an identity file: its first PEM block is the key, the second the certificate, then the CAs. */
export function readIdentityFile(path: string): PemFiles {
  const text = readFileSync(path, "utf8");
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----\n?/g) ?? [];
  const [key, crt, ...cas] = blocks;
  if (key === undefined || crt === undefined) throw new Error(`${path}: no key and certificate in it`);
  return { key: Buffer.from(key), crt: Buffer.from(crt), cas: Buffer.from(cas.join("")) };
}
