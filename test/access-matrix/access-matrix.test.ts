import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { DescMethod } from "@bufbuild/protobuf";
import { emptyIdentity, identityToSubject } from "@sallyport/api";
import type { CredentialTexts } from "@sallyport/api/node";
import { formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { createCertificateRequest, encodePem, type Name, nameOid } from "@sallyport/x509";
import { authServices } from "../../packages/server/src/auth-services.ts";
import { callers, closedCallers, type ExpectedRow, people, readExpected, systemCallers } from "./expected.ts";
import { type Outcome, openConnection } from "./raw-transport.ts";
import { type Asking, requestFor } from "./requests.ts";

const PERMISSION_DENIED = 7;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const AT_ONCE = 20;
const DAY_MS = 24 * 60 * 60 * 1000;

const expected = readExpected();
const isClosed = (caller: string) => (closedCallers as readonly string[]).includes(caller);

/** Roles of each kind of user; those that need more than a preset get it here. */
const rolesOf: Readonly<Record<string, readonly string[]>> = {
  "no-roles": [],
  requester: ["requester", "asks-for-dev"],
  reviewer: ["reviewer", "reviews-dev"],
  auditor: ["auditor"],
  editor: ["editor"],
  access: ["access"],
  plugin: ["plugin"],
  locked: ["editor", "auditor"],
};

describe("the access matrix", { timeout: 120_000 }, () => {
  let cluster: Cluster;
  let pending: string;
  let methods: ReadonlyMap<string, DescMethod>;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let csrs: Asking["csrs"];
  const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));

  before(async () => {
    cluster = await startCluster();
    methods = servedMethods(cluster);
    pending = await furnish(cluster);
    csrs = await requestsFor(privateKey, cluster.name);
  });
  after(() => cluster.stop());

  it("threat 13: has a row for every method that is served, and none for others", () => {
    const inTable = new Set(expected.map(({ method }) => method));
    assert.deepEqual([...inTable].sort(), [...methods.keys()].sort());
    const rows = expected.map(({ method, variant }) => `${method} ${variant}`);
    assert.equal(new Set(rows).size, rows.length, "a row stands twice");
  });

  for (const caller of callers) {
    it(`threat 13: ${caller} gets what the table says, method by method`, async () => {
      const wrong = await tryEverything(caller);
      assert.deepEqual(wrong, []);
    });
  }

  async function tryEverything(caller: string): Promise<readonly string[]> {
    const credentials = await credentialsOf(cluster, caller);
    const ca = (await cluster.credentials("subject")).ca;
    const connection = openConnection(cluster.address, credentials, ca);
    const asking = askingOf(caller);
    const wrong: string[] = [];
    try {
      for (let at = 0; at < expected.length; at += AT_ONCE) {
        // Refusals of one name are limited by the second; here they are many, and no time passes by itself.
        cluster.clock.advance(10_000);
        const rows = expected.slice(at, at + AT_ONCE);
        const outcomes = await Promise.all(
          rows.map((row) => connection.call(methodOf(row), requestOf(row, asking))),
        );
        outcomes.forEach((outcome, index) => {
          const mistake = mistakeIn(rows[index] as ExpectedRow, caller, outcome);
          if (mistake !== undefined) wrong.push(mistake);
        });
      }
    } finally {
      connection.close();
    }
    return wrong;
  }

  const methodOf = ({ method }: ExpectedRow) => {
    const found = methods.get(method);
    assert.ok(found, `${method} is not served`);
    return found;
  };
  const requestOf = ({ method, variant }: ExpectedRow, asking: Asking) => requestFor(method, variant, asking);
  const askingOf = (caller: string): Asking => ({
    name: systemCallers.includes(caller) ? `11111111-1111-4111-8111-111111111111.${cluster.name}` : caller,
    firstRole: rolesOf[caller]?.[0] ?? "dev",
    cluster: cluster.name,
    now: cluster.clock.now(),
    publicKey: pem,
    sshPublicKey: Buffer.from(formatPublicKeyLine(fromKeyObject(publicKey))),
    csrs,
    pending,
  });
});

async function requestsFor(key: KeyObject, teleportCluster: string): Promise<Asking["csrs"]> {
  const csr = async (subject: Name) =>
    Buffer.from(encodePem("CERTIFICATE REQUEST", await createCertificateRequest({ subject, key })));
  return {
    plain: await csr([[{ oid: nameOid.commonName, value: "db.example.com" }]]),
    identity: await csr(identityToSubject({ ...emptyIdentity("subject"), teleportCluster })),
  };
}

function servedMethods(cluster: Cluster): ReadonlyMap<string, DescMethod> {
  // Only the tables are read; the feed is for running calls.
  const services = authServices(cluster.server.rooms, {} as Parameters<typeof authServices>[1]);
  const all = services.flatMap(({ service }) => service.methods);
  return new Map(all.map((method) => [`${method.parent.typeName}/${method.name}`, method]));
}

/** Users, roles and a pending request; tells the id of the request. */
async function furnish(cluster: Cluster): Promise<string> {
  const role = (name: string, allow: object) => cluster.addRole({ metadata: { name }, spec: { allow } });
  await role("dev", { logins: ["dev"] });
  await role("asks-for-dev", { request: { roles: ["dev"] } });
  await role("reviews-dev", { review_requests: { roles: ["dev"] } });
  await role("plugin", { rules: [{ resources: ["access_request"], verbs: ["list", "read", "update"] }] });
  for (const [name, roles] of Object.entries(rolesOf)) await cluster.addUser(name, roles);
  await cluster.addUser("subject", ["asks-for-dev"]);
  const subject = await cluster.connect(await cluster.credentials("subject", { ttlMs: DAY_MS }));
  const request = await subject.accessRequests.create({ user: "subject", roles: ["dev"] });
  return request.Metadata?.Name ?? "";
}

async function credentialsOf(cluster: Cluster, caller: string): Promise<CredentialTexts | undefined> {
  if (caller === "nobody") return undefined;
  if (caller === "expired") return cluster.expiredIdentity("editor");
  if (caller === "foreign") return cluster.foreignIdentity("editor");
  if (systemCallers.includes(caller)) return cluster.systemIdentity(caller);
  const credentials = await cluster.credentials(caller);
  if (caller === "locked") await cluster.admin().locks.put({ target: { User: "locked" } });
  return credentials;
}

/** What is wrong with an outcome, in a sentence for the reader of the table. */
function mistakeIn(row: ExpectedRow, caller: string, { code, text }: Outcome): string | undefined {
  const what = `${row.method}${row.variant === "" ? "" : ` (${row.variant})`}: ${code} ${text}`;
  if (isClosed(caller)) return code === UNAVAILABLE ? undefined : `not closed: ${what}`;
  if (code === INTERNAL || code === UNAVAILABLE || code === 4 || code === 8) return `no answer: ${what}`;
  const refused = code === PERMISSION_DENIED;
  if (row.who.has(caller) && refused) return `refused, against the table: ${what}`;
  if (!row.who.has(caller) && !refused) return `answered, against the table: ${what}`;
  return undefined;
}

it("the kinds of users of the table are those that are tried", () => {
  assert.deepEqual(Object.keys(rolesOf), [...people, "locked"]);
});
