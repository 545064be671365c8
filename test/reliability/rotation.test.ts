import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import * as tls from "node:tls";
import { isAppError } from "@sallyport/api";
import { SignatureAlgorithmSuite as Suite } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { connect, fromFiles, fromMemory, localAdmin, type NodeClient } from "@sallyport/api/node";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { certificateLabel, decodePemBlock, parseCertificate } from "@sallyport/x509";

const HOUR_MS = 3_600_000;
const LOOK_MS = 10;
const rotated = ["host", "user"] as const;

describe("a rotation of the host and the user authority", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let folder: string;
  let admin: NodeClient;
  let renewing: Renewing;
  let working: Working;

  before(async () => {
    cluster = await startCluster();
    folder = mkdtempSync(join(tmpdir(), "sallyport-rotation-"));
    const rules = [{ resources: ["access_request"], verbs: ["list", "read"] }];
    await cluster.addRole({ metadata: { name: "plugin" }, spec: { allow: { rules } } });
    await cluster.addUser("alice", ["plugin"]);
    const { dataDir } = cluster.server.rooms.config;
    admin = await follow(localAdmin(dataDir));
    renewing = await Renewing.start(cluster, folder);
    working = new Working(renewing.client);
  });
  after(async () => {
    await working.stop();
    await Promise.all([admin.close(), renewing.client.close()]);
    rmSync(folder, { recursive: true });
    await cluster.stop();
  });

  const follow = (credentials: Parameters<typeof connect>[0]["credentials"]) =>
    connect({ address: cluster.address, credentials, reloadCredentialsMs: LOOK_MS });

  // Who rotates looks on from outside: its own credentials change with each step, a moment after the step is answered.
  const authority = (type: string) =>
    untilDone(() => admin.trust.getCertAuthority({ type, domain: cluster.name }));

  /** Both authorities take the step; then everybody renews, as they do in every phase. */
  async function step(targetPhase: string): Promise<void> {
    for (const type of rotated) {
      await untilDone(() => admin.trust.rotateCertAuthority({ type, targetPhase, mode: "manual" }));
      assert.equal((await authority(type)).Spec?.Rotation?.Phase, targetPhase);
    }
    await renewing.renew();
    await working.rounds(20);
  }

  it("is followed by clients through every phase, with no refused call", async () => {
    const before = await keysOf(authority);
    const [first] = await shownCas(cluster);
    await step("init");
    await step("update_clients");
    assert.deepEqual(await shownCas(cluster), [first], "servers still show the old certificate");
    await step("update_servers");
    assert.notDeepEqual(await shownCas(cluster), [first]);
    const early = renewing.texts;
    await step("standby");
    const now = await keysOf(authority);
    for (const [index, keys] of now.entries()) {
      assert.equal(keys.length, 1);
      assert.ok(!before[index]?.includes(keys[0] ?? ""), "other keys than before");
    }
    working.assertUntroubled();
    const again = await connect({ address: cluster.address, credentials: fromMemory(early) });
    await again.close();
  });

  it("is followed where the keys become of another kind: the cluster's word counts from the next rotation on", async () => {
    const told = async () => (await admin.ping()).signatureAlgorithmSuite;
    for (const [suite, kinds] of [
      [Suite.LEGACY, ["rsa", "ssh-rsa"]],
      [Suite.UNSPECIFIED, ["ec", "ssh-ed25519"]],
    ] as const) {
      const before = await kindsOf(authority);
      await setSuite(admin, suite);
      assert.equal(await told(), suite === Suite.LEGACY ? Suite.LEGACY : Suite.BALANCED_V1);
      assert.deepEqual(await kindsOf(authority), before, "what is there stays");
      for (const phase of ["init", "update_clients", "update_servers", "standby"]) await step(phase);
      assert.deepEqual(await kindsOf(authority), [kinds, kinds]);
    }
    const unknown = setSuite(admin, 77);
    await assert.rejects(
      unknown,
      (error) => isAppError(error, "BAD_PARAMETER") && /fips-v1/.test(error.message),
    );
    working.assertUntroubled();
  });

  it("is taken back from every phase, with no refused call and the keys of before", async () => {
    for (const phases of [
      ["init"],
      ["init", "update_clients"],
      ["init", "update_clients", "update_servers"],
    ]) {
      const before = await keysOf(authority);
      for (const phase of [...phases, "rollback", "standby"]) await step(phase);
      assert.deepEqual(await keysOf(authority), before, phases.join());
    }
    working.assertUntroubled();
  });

  it("whoever did not renew is out when it is over, also on a connection that was open", async () => {
    const late = await connect({ address: cluster.address, credentials: fromMemory(renewing.texts) });
    for (const phase of ["init", "update_clients", "update_servers"]) await step(phase);
    await late.ping();
    await step("standby");
    await assert.rejects(late.ping({ timeoutMs: 2000 }), (error) => isAppError(error, "UNAVAILABLE"));
    await late.close();
    working.assertUntroubled();
  });

  it("a step out of turn, and one by somebody without the right, are refused", async () => {
    const rotate = (client: NodeClient, targetPhase: string) =>
      client.trust.rotateCertAuthority({ type: "user", targetPhase, mode: "manual" });
    await assert.rejects(rotate(admin, "standby"), (error) => isAppError(error, "BAD_PARAMETER"));
    await assert.rejects(rotate(renewing.client, "init"), (error) => isAppError(error, "ACCESS_DENIED"));
  });

  it("goes its way by itself in automatic mode, by its schedule", async () => {
    await admin.trust.rotateCertAuthority({ type: "db", mode: "auto", gracePeriod: { seconds: 3n * 3600n } });
    const seen: string[] = [];
    for (const phase of ["update_clients", "update_servers", "standby"]) {
      cluster.clock.advance(HOUR_MS);
      await untilDone(async () => {
        const { Spec } = await authority("db");
        assert.equal(Spec?.Rotation?.Phase, phase);
      });
      seen.push(phase);
    }
    const { Spec } = await authority("db");
    assert.equal(Spec?.Rotation?.State, "standby");
    assert.ok(Spec?.Rotation?.LastRotated);
    const steps = await rotationsInLog(admin, cluster);
    assert.deepEqual(
      steps.filter(({ ca_type }) => ca_type === "db").map(({ phase, user }) => [phase, user]),
      [["init", steps[0]?.user], ...seen.map((phase) => [phase, "system"])],
    );
  });
});

/** Repeats what fails while others are on their way, for a few seconds at most. */
async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  const end = performance.now() + 5000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > end) throw error;
      await setImmediate();
    }
  }
}

async function keysOf(
  authority: (type: string) => Promise<Awaited<ReturnType<NodeClient["trust"]["getCertAuthority"]>>>,
): Promise<readonly (readonly string[])[]> {
  const all = await Promise.all(rotated.map(authority));
  return all.map(({ Spec }) =>
    [Spec?.ActiveKeys, Spec?.AdditionalTrustedKeys].flatMap((set) =>
      (set?.TLS ?? []).map(({ Cert }) => Buffer.from(Cert).toString()),
    ),
  );
}

async function setSuite(client: NodeClient, suite: number): Promise<void> {
  const authPreference = await client.clusterConfig.getAuthPreference();
  if (authPreference.Spec !== undefined) authPreference.Spec.signatureAlgorithmSuite = suite;
  await client.clusterConfig.upsertAuthPreference({ authPreference });
}

/** The kinds of the active keys for X.509 and for SSH. */
async function kindsOf(
  authority: (type: string) => Promise<Awaited<ReturnType<NodeClient["trust"]["getCertAuthority"]>>>,
): Promise<readonly (readonly (string | undefined)[])[]> {
  const all = await Promise.all(rotated.map(authority));
  return all.map(({ Spec }) => {
    const [tls, ssh] = [Spec?.ActiveKeys?.TLS[0]?.Cert, Spec?.ActiveKeys?.SSH[0]?.PublicKey];
    const { asymmetricKeyType } = new X509Certificate(Buffer.from(tls ?? [])).publicKey;
    return [
      asymmetricKeyType,
      Buffer.from(ssh ?? [])
        .toString()
        .split(" ")[0],
    ];
  });
}

/** The authority that the server's certificate is of, by its key id. */
async function shownCas({ address }: Cluster): Promise<readonly string[]> {
  const [host = "", port = ""] = address.split(":");
  const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  await new Promise((resolve) => socket.once("secureConnect", resolve));
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return [Buffer.from(parseCertificate(raw).issuerDer).toString("hex")];
}

async function rotationsInLog(admin: NodeClient, cluster: Cluster) {
  const range = { StartDate: { seconds: 0n }, EndDate: { seconds: BigInt(cluster.clock.now()) } };
  const { items } = await admin.auditLog.getUnstructuredEvents({
    startDate: range.StartDate,
    endDate: { seconds: BigInt(Math.ceil(cluster.clock.now() / 1000) + 60) },
    eventTypes: ["cert_authority.rotate"],
    limit: 200,
  });
  return items.map(({ unstructured }) => unstructured as Record<string, unknown>);
}

/** Credentials in files that are renewed, and a client that follows them. */
class Renewing {
  readonly client: NodeClient;
  readonly #cluster: Cluster;
  readonly #folder: string;
  texts: { cert: string; key: string; ca: string };

  private constructor(cluster: Cluster, folder: string, client: NodeClient, texts: Renewing["texts"]) {
    this.#cluster = cluster;
    this.#folder = folder;
    this.client = client;
    this.texts = texts;
  }

  static async start(cluster: Cluster, folder: string): Promise<Renewing> {
    const texts = await cluster.credentials("alice", { ttlMs: 20 * HOUR_MS });
    writeTexts(folder, texts);
    const credentials = fromFiles({
      cert: join(folder, "x.crt"),
      key: join(folder, "x.key"),
      ca: join(folder, "x.cas"),
    });
    const client = await connect({ address: cluster.address, credentials, reloadCredentialsMs: LOOK_MS });
    return new Renewing(cluster, folder, client, texts);
  }

  /** A new certificate and the authorities of now, over the connection that there is; settled when they are in use. */
  async renew(): Promise<void> {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const expiresAt = this.client.identity.expiresAt - 60_000;
    const { tls: cert } = await this.client.certificates.generateUserCerts({
      user: "alice",
      tlsPublicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      expiresAt,
    });
    const { TLSCA } = await this.client.auth.getClusterCACert({});
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    this.texts = { cert, key, ca: Buffer.from(TLSCA).toString() };
    writeTexts(this.#folder, this.texts);
    const block = decodePemBlock(cert, [certificateLabel]);
    const { notAfterAt } = parseCertificate(block.der);
    await untilDone(async () => assert.equal(this.client.identity.expiresAt, notAfterAt));
    assert.ok(this.#cluster.clock.now() < notAfterAt);
  }
}

function writeTexts(folder: string, texts: Renewing["texts"]): void {
  const files = { "x.crt": texts.cert, "x.key": texts.key, "x.cas": texts.ca };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 });
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
}

/** Calls without a pause, and a watch, of which nothing may fail. */
class Working {
  readonly #client: NodeClient;
  readonly #stop = new AbortController();
  readonly #errors: unknown[] = [];
  readonly #loops: readonly Promise<void>[];
  #rounds = 0;

  constructor(client: NodeClient) {
    this.#client = client;
    this.#loops = [this.#call(), this.#call(), this.#watch()];
  }

  /** Resolves when so many more calls were answered. */
  async rounds(count: number): Promise<void> {
    const goal = this.#rounds + count;
    while (this.#rounds < goal && this.#errors.length === 0) await setImmediate();
  }

  assertUntroubled(): void {
    assert.deepEqual(this.#errors, []);
    assert.ok(this.#rounds > 0);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  async #call(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#client.ping();
        this.#rounds += 1;
      } catch (error) {
        this.#errors.push(error);
        return;
      }
    }
  }

  async #watch(): Promise<void> {
    try {
      for await (const event of this.#client.watch(["access_request"], { signal: this.#stop.signal })) {
        assert.ok(event.type);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#errors.push(error);
    }
  }
}
