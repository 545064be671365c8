import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  createIssuer,
  decodeName,
  encodeName,
  encodePem,
  exportSpki,
  generateKey,
  issueCertificate,
  parseCertificate,
} from "@sallyport/x509";
import fc from "fast-check";
import { isAppError } from "../errors/index.ts";
import { type Subject, standardAttribute } from "./distinguished-name.ts";
import { emptyIdentity } from "./empty-identity.ts";
import type { Identity } from "./identity.ts";
import { identityFromSsh } from "./identity-from-ssh.ts";
import { identityFromSubject } from "./identity-from-subject.ts";
import { identityToSubject } from "./identity-to-subject.ts";
import { identityToSshExtensions, type SshPermissions } from "./ssh-extensions.ts";

const noOpenssl = spawnSync("openssl", ["version"]).error ? "openssl is not installed" : false;

const clean = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text));
const name = clean.filter((text) => text !== "");
const list = fc.array(name, { maxLength: 4 });
const unique = fc.uniqueArray(name, { maxLength: 4 });
const anyText = fc.string({ unit: "binary", maxLength: 8 }).filter((text) => text.isWellFormed());
const traits = fc
  .array(
    fc.tuple(
      fc.oneof(anyText, fc.constantFrom("__proto__", "constructor")),
      fc.array(anyText, { maxLength: 3 }),
    ),
    { maxLength: 3 },
  )
  .map((entries) => Object.fromEntries(entries));
const second = fc
  .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));
const plain = { noNullPrototype: true };
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const identities: fc.Arbitrary<Identity> = fc.record(
  {
    ...{
      username: name,
      roles: unique,
      usage: unique,
      principals: unique,
      traits,
      teleportCluster: clean,
      routeToCluster: clean,
    },
    ...{
      kubernetesUsers: list,
      kubernetesGroups: list,
      kubernetesCluster: clean,
      databaseNames: list,
      databaseUsers: list,
    },
    app: optional(
      fc.record(
        {
          ...{
            sessionId: name,
            clusterName: clean,
            publicAddr: clean,
            name: clean,
            targetPort: fc.nat(65535),
            awsRoleArn: clean,
          },
          ...{ azureIdentity: clean, gcpServiceAccount: clean, awsCredentialProcess: clean },
        },
        plain,
      ),
    ),
    database: optional(
      fc.record({ serviceName: name, protocol: clean, username: clean, database: clean, roles: list }, plain),
    ),
    ...{
      awsRoleArns: list,
      azureIdentities: list,
      gcpServiceAccounts: list,
      mfaVerified: clean,
      loginIp: clean,
      pinnedIp: clean,
    },
    ...{ impersonator: clean, activeRequests: list, disallowReissue: fc.boolean(), renewable: fc.boolean() },
    ...{
      generation: fc.bigInt(0n, 2n ** 64n - 1n),
      privateKeyPolicy: clean,
      userType: clean,
      systemRoles: list,
    },
    ...{
      allowedResourceIds: optional(list),
      previousIdentityExpires: optional(second),
      connectionDiagnosticId: clean,
    },
    ...{ botName: clean, botInstanceId: clean, joinAttributes: clean, expires: optional(second) },
    device: optional(fc.record({ id: name, assetTag: clean, credentialId: clean }, plain)),
    unknownAttributes: fc.array(fc.tuple(fc.constantFrom("1.3.9999.9.1", "1.3.9999.1.99"), name), {
      maxLength: 2,
    }),
  },
  plain,
);

/** The order within sets is not kept, nor that of equal attributes; everything else is compared as it stands. */
function normal(identity: Identity) {
  const sort = (values: readonly string[]) => [...values].sort();
  const { roles, usage, principals, unknownAttributes } = identity;
  const sets = { roles: sort(roles), usage: sort(usage), principals: sort(principals) };
  return { ...identity, ...sets, unknownAttributes: unknownAttributes.map((pair) => pair.join("=")).sort() };
}

test("identities round-trip through the DER of a subject, whatever the order of its attributes", () => {
  fc.assert(
    fc.property(identities, fc.infiniteStream(fc.nat()), (identity, random) => {
      const context = { notAfterAt: identity.expires?.getTime() };
      const read = decodeName(encodeName(identityToSubject(identity)));
      assert.deepEqual(normal(identityFromSubject(read, context)), normal(identity));
      const shuffled: Subject = read
        .flat()
        .map((attribute): [number, Subject[number]] => [random.next().value, [attribute]])
        .sort(([a], [b]) => a - b)
        .map(([, rdn]) => rdn);
      const again = identityFromSubject(shuffled, context);
      assert.deepEqual([normal(again).roles, again.traits], [normal(identity).roles, identity.traits]);
    }),
    { numRuns: 300 },
  );
});

test("hostile user names, roles and logins round-trip or are refused (threats 3 and 20)", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 10 }),
    fc.constantFrom(
      "",
      "a,b",
      "a+O=admin",
      "\0",
      "a\r\nb",
      "\ud800",
      "*",
      '"',
      "\\",
      "O=x",
      " ",
      "\u007f",
      "{{x}}",
    ),
  );
  fc.assert(
    fc.property(hostile, fc.constantFrom("username", "roles", "principals", "usage"), (text, field) => {
      const identity = { ...emptyIdentity("alice"), [field]: field === "username" ? text : [text] };
      const isAllowed = text !== "" && text.isWellFormed() && !/\p{Cc}/u.test(text);
      if (!isAllowed) {
        assert.throws(
          () => identityToSubject(identity),
          (error) => isAppError(error, "BAD_PARAMETER"),
        );
        return;
      }
      assert.deepEqual(identityFromSubject(decodeName(encodeName(identityToSubject(identity)))), identity);
    }),
    { numRuns: 1000 },
  );
});

test("openssl reads our certificates as the contract says", { skip: noOpenssl }, async () => {
  const ca = await generateKey("ecdsa-p256");
  const identity = {
    ...emptyIdentity("alice@example.com"),
    ...{
      roles: ["editor", "access"],
      principals: ["root"],
      traits: { logins: ["root"] },
      teleportCluster: "main",
    },
  };
  const der = await issueCertificate({
    issuer: createIssuer({ name: [[{ oid: standardAttribute.role, value: "main" }]], key: ca.privateKey }),
    subject: identityToSubject(identity),
    publicKey: exportSpki(ca.publicKey),
    ...{ notBeforeAt: 0, notAfterAt: 3_600_000, keyUsage: ["digitalSignature"] },
  });
  const args = ["x509", "-noout", "-subject", "-nameopt", "sname,sep_comma_plus,utf8"];
  const shown = execFileSync("openssl", args, { input: encodePem("CERTIFICATE", der) }).toString();
  assert.match(
    shown,
    /O=access\+O=editor,L=root,street=,postalCode=\{"logins":\["root"\]\},CN=alice@example.com,1.3.9999.1.7=/,
  );
  const { subject, notAfterAt } = parseCertificate(der);
  const read = identityFromSubject(subject, { notAfterAt });
  assert.deepEqual(normal(read), normal({ ...identity, expires: new Date(3_600_000) }));
});

const permissions: SshPermissions = {
  format: "standard",
  ...{ permitX11Forwarding: false, permitAgentForwarding: false, permitPortForwarding: false },
};

test("identities round-trip through SSH extensions, as far as these go", () => {
  fc.assert(
    fc.property(identities, (identity) => {
      const sent = { ...identity, pinnedIp: "10.0.0.1" };
      const options = identityToSshExtensions(sent, permissions);
      const { username, principals, expires } = identity;
      const validBeforeAt = expires?.getTime() ?? ("forever" as const);
      const read = identityFromSsh({ ...options, keyId: username, principals, validBeforeAt });
      const carried = emptyIdentity(username);
      const onlyX509 = Object.keys(carried).filter((key) => !sshFields.includes(key as keyof Identity));
      const expected = {
        ...sent,
        ...Object.fromEntries(onlyX509.map((key) => [key, carried[key as keyof Identity]])),
      };
      assert.deepEqual(read, expected);
    }),
    { numRuns: 300 },
  );
});

const sshFields: readonly (keyof Identity)[] = [
  ...([
    "username",
    "roles",
    "principals",
    "traits",
    "routeToCluster",
    "mfaVerified",
    "loginIp",
    "pinnedIp",
  ] as const),
  ...([
    "impersonator",
    "activeRequests",
    "disallowReissue",
    "renewable",
    "generation",
    "privateKeyPolicy",
  ] as const),
  ...(["allowedResourceIds", "previousIdentityExpires", "connectionDiagnosticId", "botName"] as const),
  ...(["botInstanceId", "device", "expires"] as const),
];
