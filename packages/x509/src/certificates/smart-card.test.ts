import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { generateKey } from "../keys/generate-key.ts";
import { nameOid } from "../names/name.ts";
import { encodePem } from "../pem/pem.ts";
import { createCertificateRequest, parseCertificateRequest } from "./certificate-request.ts";
import { smartCardExtensions } from "./smart-card.ts";

test("openssl reads the account of a smart card from a request", async () => {
  const { privateKey } = await generateKey("rsa-2048");
  const extensions = smartCardExtensions({ upn: "alice@ad.example.com", sid: "S-1-5-21-1-2-3-1104" });
  const subject = [[{ oid: nameOid.commonName, value: "alice" }]];
  const request = await createCertificateRequest({ subject, key: privateKey, extensions });
  assert.equal(parseCertificateRequest(request).extensions.length, 3);
  const text = execFileSync("openssl", ["req", "-noout", "-verify", "-text"], {
    input: encodePem("CERTIFICATE REQUEST", request),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  assert.match(text, /TLS Web Client Authentication, Microsoft Smartcard ?Login/);
  assert.match(text, /othername:\s*UPN::?alice@ad\.example\.com/);
  assert.match(text, /S-1-5-21-1-2-3-1104/);
});

test("names and identifiers that are none are refused", () => {
  for (const upn of ["", "alice", "a@b@c", "@b", "a@", "a\n@b", "a@b c"]) {
    assert.throws(() => smartCardExtensions({ upn }), { code: "INVALID" }, upn);
  }
  for (const sid of ["", "S-1", "s-1-5-21", "S-1-5-x", "S-1-5-21-"]) {
    assert.throws(() => smartCardExtensions({ upn: "a@b", sid }), { code: "INVALID" }, sid);
  }
});
