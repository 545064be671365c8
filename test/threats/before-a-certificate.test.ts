import assert from "node:assert/strict";
import { request } from "node:https";
import { after, before, describe, it } from "node:test";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { authServices } from "../../packages/server/src/auth-services.ts";
import { openConnection } from "../access-matrix/raw-transport.ts";

const PERMISSION_DENIED = 7;

/** All that a stranger gets an answer from. Whoever adds to it says why in the method's table. */
const forAnyone = [
  "proto.AuthService/GetClusterCACert",
  "proto.AuthService/GetDomainName",
  "proto.AuthService/GetResetPasswordToken",
  "proto.AuthService/Ping",
];

/** Paths that other products left open before authentication. */
const paths = [
  "/",
  "/v2/authservers",
  "/v2/proxies",
  "/v2/configuration/name",
  "/v2/authorities/user",
  "/v2/roles",
  "/v2/tokens",
  "/v2/remoteclusters",
  "/metrics",
  "/debug/pprof/",
  "/healthz",
  "/readyz",
  "/v1/sys/generate-root/attempt",
  "/webapi/ping",
  "/webapi/trustedclusters/validate",
  "/v2/trustedclusters/validate",
  "/..%2f..%2fetc/passwd",
  "/v2/authservers/../authservers",
];

describe("before a certificate", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let ca: string;
  before(async () => {
    cluster = await startCluster();
    await cluster.addUser("alice", ["access"]);
    ca = (await cluster.credentials("alice")).ca;
  });
  after(() => cluster.stop());

  it("threat 37: no method answers but those that are for anyone", async () => {
    const services = authServices(cluster.server.rooms, {} as Parameters<typeof authServices>[1]);
    const methods = services.flatMap(({ service }) => service.methods);
    const stranger = openConnection(cluster.address, undefined, ca);
    const answered: string[] = [];
    for (const method of methods) {
      const { code } = await stranger.call(method, {});
      if (code !== PERMISSION_DENIED) answered.push(`${method.parent.typeName}/${method.name}`);
    }
    stranger.close();
    assert.deepEqual(answered.sort(), forAnyone);
  });

  it("threat 37: what a stranger may know says nothing of users, roles or requests", async () => {
    const stranger = openConnection(cluster.address, undefined, ca);
    const services = authServices(cluster.server.rooms, {} as Parameters<typeof authServices>[1]);
    const auth = services.flatMap(({ service }) => service.methods);
    const token = auth.find(({ name }) => name === "GetResetPasswordToken");
    assert.ok(token);
    const outcomes = await Promise.all(
      ["", "alice", "../alice", "0".repeat(32)].map((TokenID) =>
        stranger.call(token, { TokenID } as Record<string, unknown>),
      ),
    );
    stranger.close();
    for (const { code, text } of outcomes) {
      assert.notEqual(code, 0);
      assert.ok(!text.includes("alice"), text);
    }
  });

  for (const path of paths) {
    it(`threat 37: GET ${path} has nothing for a stranger`, async () => {
      const { status, body } = await getAnonymously(cluster.address, path, ca);
      assert.ok(status === 401 || status === 403 || status === 404 || status === 400, `${status} ${body}`);
      assert.ok(!body.includes(cluster.name), body);
    });
  }

  for (const path of ["/webapi/trustedclusters/validate", "/v2/trustedclusters/validate"]) {
    it(`threat 37: POST ${path}: a cluster that introduces itself learns nothing without a token`, async () => {
      const bodies = ["", "[]", "{}", '{"token":"guessed","certificate_authorities":[]}'];
      for (const sent of bodies) {
        const { status, body } = await getAnonymously(cluster.address, path, ca, sent);
        assert.ok(status === 403 || status === 400, `${status} ${body}`);
        assert.ok(!body.includes(cluster.name), body);
      }
    });
  }

  it("threat 9: whoever goes on guessing tokens of clusters is refused without a look", async () => {
    const path = "/webapi/trustedclusters/validate";
    const guess = '{"token":"guessed","certificate_authorities":[]}';
    const answers = [];
    for (let i = 0; i < 11; i += 1) answers.push(await getAnonymously(cluster.address, path, ca, guess));
    const last = answers.at(-1);
    assert.equal(last?.status, 429, last?.body);
    assert.ok(!last.body.includes(cluster.name), last.body);
  });
});

function getAnonymously(
  address: string,
  path: string,
  ca: string,
  sent?: string,
): Promise<{ status: number; body: string }> {
  const [host, port] = address.split(":");
  const method = sent === undefined ? "GET" : "POST";
  return new Promise((resolve, reject) => {
    const asking = request(
      { method, host, port, path, ca, servername: "teleport.cluster.local", agent: false },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
      },
    );
    asking.on("error", reject);
    asking.end(sent);
  });
}
