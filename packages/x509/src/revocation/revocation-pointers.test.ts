import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  authorityInfoAccess,
  createIssuer,
  crlDistributionPoints,
  generateKey,
  issueCertificate,
  nameOid,
} from "../index.ts";

const noOpenssl = spawnSync("openssl", ["version"]).error ? "openssl is not installed" : false;
const now = Date.UTC(2026, 5, 1, 12);

test("openssl shows where a certificate says that its list, its responder and its CA are", {
  skip: noOpenssl,
}, async () => {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const name = [[{ oid: nameOid.commonName, value: "x" }]];
  const certificate = await issueCertificate({
    ...{ issuer: createIssuer({ name, key: privateKey }), subject: name, publicKey },
    ...{ notBeforeAt: now, notAfterAt: now + 1000, keyUsage: ["digitalSignature"] },
    extensions: [
      crlDistributionPoints(["http://a.example.com/crl?ca=db", "ldap://b.example.com/cn=x"]),
      authorityInfoAccess({
        ocsp: ["http://a.example.com/ocsp"],
        caIssuers: ["http://a.example.com/ca.cer"],
      }),
    ],
  });
  const text = execFileSync("openssl", ["x509", "-inform", "DER", "-noout", "-text"], { input: certificate });
  assert.match(
    text.toString(),
    /X509v3 CRL Distribution Points: \n\s+Full Name:\n\s+URI:http:\/\/a\.example\.com\/crl\?ca=db\n\s+URI:ldap:\/\/b\.example\.com\/cn=x\n/,
  );
  assert.match(
    text.toString(),
    /OCSP - URI:http:\/\/a\.example\.com\/ocsp\n\s+CA Issuers - URI:http:\/\/a\.example\.com\/ca\.cer\n/,
  );
});

test("what is no URL is not written", () => {
  for (const bad of [
    "",
    "x",
    "http://",
    "http://a b",
    "http://a\n",
    "http://ä",
    'http://a"',
    "http://<a>",
    "http://{a}",
  ]) {
    assert.throws(() => crlDistributionPoints([bad]), { name: "X509Error", code: "INVALID" }, bad);
    assert.throws(() => authorityInfoAccess({ ocsp: [bad] }), { name: "X509Error", code: "INVALID" }, bad);
  }
  assert.throws(() => crlDistributionPoints([]), { code: "INVALID" });
  assert.throws(() => authorityInfoAccess({}), { code: "INVALID" });
});
