import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodePem } from "@sallyport/x509";
import { type Issued, type IssuedCertificate, issueEverything } from "./issued.ts";
import { NginxServer, needsNginx, type TlsClient } from "./nginx-server.ts";

describe("verifiers of TLS", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-verify-"));
  let issued: Issued;
  before(async () => {
    issued = await issueEverything();
  });
  after(async () => {
    await issued.cluster.stop();
    rmSync(folder, { recursive: true });
  });

  const pem = (label: string, der: Uint8Array | undefined) => encodePem(label, der ?? new Uint8Array());
  const caPem = (type: string) => pem("CERTIFICATE", issued.authorities.get(type));
  const crlPem = (type: string) => pem("X509 CRL", issued.crls.find(({ ca }) => ca === type)?.der);
  const certificate = (name: string): IssuedCertificate => {
    const found = issued.certificates.find((one) => one.name === name);
    assert.ok(found, name);
    return found;
  };
  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }
  function verify(name: string, ca: string, ...more: string[]): Promise<string> {
    const leaf = file(`${name}.pem`, pem("CERTIFICATE", certificate(name).der));
    const args = [
      "verify",
      "-x509_strict",
      "-check_ss_sig",
      "-CAfile",
      file(`${ca}-ca.pem`, caPem(ca)),
      ...more,
      leaf,
    ];
    return new Promise((resolve) => {
      execFile("openssl", args, (_, stdout, stderr) => resolve(`${stdout}${stderr}`));
    });
  }

  it("openssl verify -x509_strict takes each certificate by its authority, for what it is for, and for nothing else", async () => {
    for (const { name, ca, purposes } of issued.certificates) {
      for (const purpose of ["sslclient", "sslserver"] as const) {
        const said = await verify(name, ca, "-purpose", purpose);
        // People's certificates are also those of the ends of sessions, by contract, so TLS servers take them.
        const isFor = purposes.includes(purpose) || name.startsWith("user");
        assert.equal(/: OK$/m.test(said), isFor, `${name} as ${purpose}: ${said}`);
      }
    }
  });

  it("openssl verify -x509_strict takes no certificate by another authority", async () => {
    for (const { name, ca } of issued.certificates) {
      const other = ca === "user" ? "host" : "user";
      assert.match(await verify(name, other), /unable to get local issuer certificate/, name);
    }
  });

  it("threat 1: no certificate is one that an authority's could be, in the eyes of openssl", async () => {
    for (const { name } of issued.certificates) {
      const leaf = file(`${name}.pem`, pem("CERTIFICATE", certificate(name).der));
      const args = ["x509", "-noout", "-purpose", "-in", leaf];
      const said = await new Promise<string>((resolve) => {
        execFile("openssl", args, (_, stdout) => resolve(stdout));
      });
      assert.match(said, /SSL client CA : No/, name);
      // openssl says this one of every certificate.
      assert.doesNotMatch(said.replace("Any Purpose CA : Yes", ""), / CA : Yes/, name);
    }
  });

  it("threat 18: openssl verify -crl_check refuses what is on a list, and takes the rest", async () => {
    for (const { name, ca } of issued.certificates) {
      const crl = file(`${ca}.crl`, crlPem(ca));
      const said = await verify(name, ca, "-crl_check", "-CRLfile", crl);
      const isOfAlice = name.startsWith("user") || name === "db-session";
      if (isOfAlice) assert.match(said, /certificate revoked/, name);
      else assert.match(said, /: OK$/m, `${name}: ${said}`);
    }
  });

  describe("nginx, with ssl_verify_client on and a revocation list", needsNginx, () => {
    let nginx: NginxServer;
    let server: Pick<TlsClient, "ca" | "servername">;
    before(async () => {
      const service = certificate("service");
      nginx = await NginxServer.start({
        certificate: pem("CERTIFICATE", service.der),
        key: service.key ?? "",
        clientCas: `${caPem("user")}${caPem("db_client")}`,
        crls: `${crlPem("user")}${crlPem("db_client")}`,
      });
      server = { ca: caPem("host"), servername: "proxy.example.com" };
      await issued.cluster.addUser("bob", ["dev_ops"]);
    });
    after(() => nginx?.[Symbol.asyncDispose]());

    const shown = (name: string) => {
      const { der, key } = certificate(name);
      return { ...server, cert: pem("CERTIFICATE", der), key: key ?? "" };
    };

    it("sees the person and the roles", async () => {
      const { cert, key } = await issued.cluster.credentials("bob");
      const { status, text } = await nginx.get({ ...server, cert, key });
      assert.equal(status, 200);
      assert.match(text, /^SUCCESS .*\bCN=bob\b/);
      assert.match(text, /\bO=dev_ops\b/);
    });

    it("sees the account of a database", async () => {
      const { status, text } = await nginx.get(shown("db-client"));
      assert.deepEqual([status, text], [200, "SUCCESS CN=app_rw"]);
    });

    it("refuses nothing, what has ended, a stranger's, a revoked one and what is for servers", async () => {
      const { cluster } = issued;
      const cases: Readonly<Record<string, [TlsClient, RegExp]>> = {
        nothing: [server, /No required SSL certificate was sent/],
        ended: [{ ...(await cluster.expiredIdentity("bob")), ...server }, /SSL certificate error/],
        foreign: [{ ...(await cluster.foreignIdentity("bob")), ...server }, /SSL certificate error/],
        revoked: [shown("user"), /SSL certificate error/],
        "by another authority": [shown("db-session"), /SSL certificate error/],
        "of a service": [shown("service"), /SSL certificate error/],
      };
      for (const [name, [client, words]] of Object.entries(cases)) {
        const { status, text } = await nginx.get(client);
        assert.equal(status, 400, `${name}: ${text}`);
        assert.match(text, words, name);
      }
    });
  });
});
