import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, test } from "node:test";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { openAuthority } from "../../authority/testing/open-authority.ts";
import { opensslVerify } from "../../authority/testing/service-world.ts";
import { newRole } from "../../roles/index.ts";
import {
  asker,
  CLUSTER,
  HOUR,
  isReason,
  newPublicKey,
  openWorkloads,
  type WorkloadWorld,
} from "../testing/workload-world.ts";

const publicKey = newPublicKey();
const role = newRole("svids", {
  allow: { spiffe: [{ path: "/svc/*", dnsSans: ["*.example"], ipSans: ["10.0.0.0/8"] }] },
});
let world: WorkloadWorld;

beforeEach(async () => {
  world = await openWorkloads(await openAuthority(new StoppedClock(), CLUSTER));
  world.roles.push(role);
});

const call = () => world.call(asker(world.clock.now(), {}, [role]));
const wish = {
  publicKey,
  spiffeIdPath: "/svc/a",
  dnsSans: [] as string[],
  ipSans: [] as string[],
  hint: "h",
};

async function signX509(
  ...svids: object[]
): Promise<{ certificate: Uint8Array; spiffeId: string; hint: string }[]> {
  const request = { svids: svids.map((one) => ({ ...wish, ...one })) };
  const answer = await world.older.signX509SVIDs.handle(request as never, call());
  return (answer as never as { svids: Awaited<ReturnType<typeof signX509>> }).svids;
}

test("certificates for paths that a role allows, the common name from the first DNS name, for an hour", async () => {
  const [first, second] = await signX509(
    { dnsSans: ["web.example", "b.example"], ipSans: ["10.1.2.3"] },
    { spiffeIdPath: "/svc/b" },
  );
  assert.ok(first && second);
  const cert = new X509Certificate(first.certificate);
  assert.equal(cert.subject, "CN=web.example");
  assert.equal(first.spiffeId, `spiffe://${CLUSTER}/svc/a`);
  assert.match(
    cert.subjectAltName ?? "",
    /DNS:web\.example, DNS:b\.example, IP Address:10\.1\.2\.3, URI:spiffe/,
  );
  assert.equal(Date.parse(cert.validTo), Math.floor((world.clock.now() + HOUR) / 1000) * 1000);
  const cas = (await world.issuing.caKeys("spiffe")).tlsCertificates.map((text) => Buffer.from(text));
  assert.match(opensslVerify(Buffer.from(cert.toString()), cas, "sslserver", world.clock.now()), /OK/);
  const codes = (await world.auditEvents()).map(({ code, spiffe_id }) => [code, spiffe_id]);
  assert.deepEqual(codes, [
    ["TSPIFFE000I", first.spiffeId],
    ["TSPIFFE000I", second.spiffeId],
  ]);
});

test("threat 18: a lock that comes while they are signed holds them back, and the refusal is in the audit log", async () => {
  let looks = 0;
  const lockedBy = () => (++looks > 1 ? "a lock" : undefined);
  const locked = world.call({ ...asker(world.clock.now(), {}, [role]), lockedBy });
  const svids = [wish, { ...wish, spiffeIdPath: "/svc/b" }];
  await assert.rejects(
    async () => world.older.signX509SVIDs.handle({ svids } as never, locked),
    isReason("LOCKED", /./),
  );
  const codes = (await world.auditEvents()).map(({ code }) => code);
  assert.equal(codes.at(-1), "TSPIFFE000E");
});

test("tokens are for five minutes, and in the audit log", async () => {
  const svids = [{ spiffeIdPath: "/svc/a", audiences: ["x"], hint: "" }];
  const answer = await world.older.signJWTSVIDs.handle({ svids } as never, call());
  const [svid] = (answer as never as { svids: { jwt: string; jti: string; audiences: string[] }[] }).svids;
  const claims = JSON.parse(Buffer.from(svid?.jwt.split(".")[1] ?? "", "base64url").toString());
  assert.equal(claims.exp - claims.iat, 300);
  assert.deepEqual([claims.sub, claims.aud, claims.jti], [`spiffe://${CLUSTER}/svc/a`, ["x"], svid?.jti]);
  const events = (await world.auditEvents()).map(({ code, spiffe_id, jti }) => [code, spiffe_id, jti]);
  assert.deepEqual(events, [["TSPIFFE000I", claims.sub, svid?.jti]]);
});

const refused: [string, object, Parameters<typeof isReason>, boolean][] = [
  ["a path that no role allows", { spiffeIdPath: "/other" }, ["ACCESS_DENIED", /no role allows it/], true],
  ["a name that no role allows", { dnsSans: ["web.other"] }, ["ACCESS_DENIED", /no role allows it/], true],
  ["threat 36: a way up", { spiffeIdPath: "/svc/../x" }, ["BAD_PARAMETER", /must not be/], true],
  ["no slash", { spiffeIdPath: "svc" }, ["BAD_PARAMETER", /begin with/], true],
  [
    "many names and addresses together",
    { dnsSans: new Array(26).fill("a.example"), ipSans: new Array(25).fill("10.0.0.1") },
    ["BAD_PARAMETER", /at most 50/],
    false,
  ],
  ["a long path", { spiffeIdPath: `/${"x".repeat(5000)}` }, ["BAD_PARAMETER", /is longer than/], false],
  [
    "a path beyond an ID",
    { spiffeIdPath: `/svc/${"x".repeat(2035)}` },
    ["BAD_PARAMETER", /is longer than 2048/],
    true,
  ],
  ["a wildcard", { dnsSans: ["*.example"] }, ["BAD_PARAMETER", /not a DNS name/], true],
  ["a bad key", { publicKey: Buffer.from("x") }, ["BAD_PARAMETER", /public key/], true],
  ["a long hint", { hint: "x".repeat(300) }, ["BAD_PARAMETER", /hint is longer/], false],
  ["many names", { dnsSans: new Array(51).fill("a.example") }, ["BAD_PARAMETER", /at most 50/], false],
];
for (const [name, parts, reason, audited] of refused) {
  test(`refused${audited ? ", and in the audit log" : ""}: ${name}`, async () => {
    await assert.rejects(() => signX509(parts), isReason(...reason));
    const codes = (await world.auditEvents()).map(({ code }) => code);
    assert.deepEqual(codes, audited ? ["TSPIFFE000E"] : []);
  });
}
