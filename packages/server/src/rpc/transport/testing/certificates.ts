import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsMaterial } from "../tls-front.ts";

export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Certificates of a small cluster and of a stranger, made by openssl. */
export interface TestCertificates {
  readonly server: TlsMaterial;
  readonly ca: string;
  readonly alice: KeyAndCertificate;
  readonly bob: KeyAndCertificate;
  /** The name of alice, by a CA that nobody trusts. */
  readonly stranger: KeyAndCertificate;
  /** Leaf of an intermediate of our CA, followed by that intermediate. */
  readonly viaIntermediate: KeyAndCertificate;
}

export function makeTestCertificates(): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-rpc-"));
  try {
    const issue = issuer(folder);
    const ca = issue("ca", undefined, "CA:TRUE");
    const server = issue("server", "ca", "CA:FALSE");
    issue("strangerca", undefined, "CA:TRUE");
    const intermediate = issue("intermediate", "ca", "CA:TRUE");
    const leaf = issue("alice", "intermediate", "CA:FALSE");
    return {
      ca: ca.cert,
      server: { ...server, clientCas: [ca.cert] },
      alice: issue("alice", "ca", "CA:FALSE"),
      bob: issue("bob", "ca", "CA:FALSE"),
      stranger: issue("alice", "strangerca", "CA:FALSE"),
      viaIntermediate: { key: leaf.key, cert: leaf.cert + intermediate.cert },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const issuer =
  (folder: string) =>
  (name: string, ca: string | undefined, basicConstraints: string): KeyAndCertificate => {
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
    const subject = `/O=test/CN=${name}`;
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
    if (ca === undefined) {
      openssl(
        "req",
        "-x509",
        "-new",
        "-key",
        `${name}.key`,
        "-subj",
        subject,
        "-days",
        "2",
        "-out",
        `${name}.crt`,
      );
    } else {
      const extensions = `basicConstraints=${basicConstraints}\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n`;
      writeFileSync(join(folder, "extensions"), extensions);
      openssl("req", "-new", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`);
      const by = ["-CA", `${ca}.crt`, "-CAkey", `${ca}.key`, "-CAcreateserial"];
      const out = ["-days", "2", "-extfile", "extensions", "-out", `${name}.crt`];
      openssl("x509", "-req", "-in", `${name}.csr`, ...by, ...out);
    }
    const read = (file: string) => readFileSync(join(folder, file), "utf8");
    return { key: read(`${name}.key`), cert: read(`${name}.crt`) };
  };
