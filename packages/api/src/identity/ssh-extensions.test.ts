import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "../errors/index.ts";
import { emptyIdentity } from "./empty-identity.ts";
import type { Identity } from "./identity.ts";
import { identityFromSsh } from "./identity-from-ssh.ts";
import { identityToSshExtensions, type SshPermissions } from "./ssh-extensions.ts";

const permissions: SshPermissions = {
  format: "standard",
  ...{ permitX11Forwarding: false, permitAgentForwarding: false, permitPortForwarding: false },
};

test("SSH extensions are those of the wire contract", () => {
  const identity: Identity = {
    ...emptyIdentity("alice"),
    ...{ roles: ["b", "a"], traits: { logins: ["root"] }, routeToCluster: "main", activeRequests: ["r1"] },
    ...{ disallowReissue: true, generation: 3n, pinnedIp: "::1", allowedResourceIds: ["/main/node/x"] },
  };
  const standard = identityToSshExtensions(identity, { ...permissions, permitPortForwarding: true });
  assert.deepEqual(standard, {
    extensions: {
      "permit-pty": "",
      "permit-port-forwarding": "",
      "disallow-reissue": "",
      generation: "3",
      "teleport-allowed-resources": '["/main/node/x"]',
      "teleport-traits": '{"logins":["root"]}',
      "teleport-roles": '{"roles":["b","a"]}',
      "teleport-route-to-cluster": "main",
      "teleport-active-requests": '{"access_requests":["r1"]}',
    },
    criticalOptions: { "source-address": "::1/128" },
  });
  const old = identityToSshExtensions(identity, { ...permissions, format: "oldssh" });
  assert.deepEqual(Object.keys(old.extensions), [
    "permit-pty",
    "disallow-reissue",
    "generation",
    "teleport-allowed-resources",
  ]);
});

test("a role cannot define an extension that is ours, nor smuggle control characters", () => {
  const custom = (customExtensions: Record<string, string>) =>
    identityToSshExtensions(emptyIdentity("a"), { ...permissions, customExtensions }).extensions;
  assert.equal(custom({ "login@github.com": "alice" })["login@github.com"], "alice");
  for (const name of [
    "teleport-roles",
    "permit-agent-forwarding",
    "impersonator",
    "bot-name@goteleport.com",
    "x-teleport-role",
  ]) {
    assert.throws(
      () => custom({ [name]: "x" }),
      (error) => isAppError(error, "BAD_PARAMETER"),
      name,
    );
  }
  assert.throws(
    () => custom({ a: "x\ny" }),
    (error) => isAppError(error, "BAD_PARAMETER"),
  );
  const pinned = { ...emptyIdentity("a"), pinnedIp: "10.0.0.1/0,10.0.0.2" };
  assert.throws(
    () => identityToSshExtensions(pinned, permissions),
    (error) => isAppError(error, "BAD_PARAMETER"),
  );
});

test("roles of the 4.3 to 13 releases are read from their versioned form", () => {
  const facts = {
    keyId: "alice",
    principals: ["root"],
    validBeforeAt: "forever" as const,
    criticalOptions: {},
  };
  const extensions = { "teleport-roles": '{"version":"v1","roles":["a"]}', "teleport-traits": "null" };
  assert.deepEqual(identityFromSsh({ ...facts, extensions }).roles, ["a"]);
  assert.throws(() => identityFromSsh({ ...facts, extensions: { "teleport-roles": "[]x" } }), /malformed/);
});

test("a generation that is no number of 64 bits refuses the certificate", () => {
  const read = (generation: string) =>
    identityFromSsh({
      ...{ keyId: "bot", principals: ["root"], validBeforeAt: "forever", criticalOptions: {} },
      extensions: { generation },
    }).generation;
  assert.equal(read("18446744073709551615"), 18_446_744_073_709_551_615n);
  for (const generation of ["18446744073709551616", "-1", "1 ", "0x1", "one"]) {
    assert.throws(() => read(generation), /malformed/, generation);
  }
});
