import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { Admin, newestSchema } from "../support/admin.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { readIdentityFile } from "../support/pem-files.ts";
import { hasStatus, WireClient } from "../support/wire-client.ts";

const auth = (method: string) => `/proto.AuthService/${method}`;
const downgraded = "teleport.internal/downgraded";

let daemon: Daemon;
before(async () => {
  daemon = await startDaemon();
  const admin = new Admin(daemon);
  await admin.role("newest", { Logins: ["root"] }, "v8");
  admin.close();
});
after(() => daemon?.[Symbol.asyncDispose]());

async function as<T>(version: string | undefined, use: (client: WireClient) => Promise<T>): Promise<T> {
  const client = new WireClient({
    schema: newestSchema,
    address: daemon.address,
    credentials: readIdentityFile(daemon.adminIdentity),
    serverName: "teleport.cluster.local",
    ...(version !== undefined && { version }),
  });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const seen = [
  { version: undefined, role: "v8" },
  { version: "18.0.0", role: "v8" },
  { version: "18.0.0-beta.1", role: "v8" },
  { version: "19.4.0", role: "v8" },
  { version: "17.9.9", role: "v7" },
  { version: "13.0.0", role: "v7" },
];
for (const { version, role } of seen) {
  test(`a client that says ${version ?? "no version"} reads the newest role as ${role}`, async () => {
    const found = await as(version, (client) => client.call(auth("GetRole"), { Name: "newest" }));
    assert.equal(found.Version, role);
    const labels = ((found.Metadata as JsonObject).Labels ?? {}) as JsonObject;
    assert.equal(downgraded in labels, role !== "v8");
  });
}

test("a role that was downgraded for its reader cannot be written back", async () => {
  await as("17.0.0", async (client) => {
    const role = await client.call(auth("GetRole"), { Name: "newest" });
    await assert.rejects(client.call(auth("UpsertRoleV2"), { Role: role }), hasStatus("INVALID_ARGUMENT"));
  });
});

test("no client is turned away for its version, and one that is no version reads no roles", async () => {
  for (const version of ["4.3.0", "99.0.0", "nonsense"]) {
    await as(version, (client) => client.call(auth("Ping")));
  }
  await as("nonsense", (client) =>
    assert.rejects(client.call(auth("GetRole"), { Name: "newest" }), hasStatus("INVALID_ARGUMENT")),
  );
});

/** How the stream of GenerateUserSingleUseCerts ends that opens with this: nothing since v18, before it an Init. */
const singleUse: readonly (readonly [version: string, opening: Uint8Array, code: status, words: RegExp])[] = [
  ["18.0.0", new Uint8Array(), status.UNIMPLEMENTED, /GenerateUserCerts/],
  ["12.0.0", Buffer.from("0a0712057065746572", "hex"), status.INVALID_ARGUMENT, /a certificate is for a key/],
];
for (const [version, opening, code, words] of singleUse) {
  test(`a client of ${version} needs no single-use certificates, and is told what its wish for one lacks`, async () => {
    await as(version, async (client) => {
      const target = { Node: { Node: "web1", Login: "root" } };
      const { Required = false } = await client.call(auth("IsMFARequired"), target);
      // Only who is told yes opens the stream; the others go on with GenerateUserCerts.
      assert.equal(Required, false);
      const ended = await client.endOfExchange(auth("GenerateUserSingleUseCerts"), opening);
      assert.equal(ended.code, code);
      assert.match(ended.details, words);
    });
  });
}
