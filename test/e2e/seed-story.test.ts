import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { JsonObject } from "@bufbuild/protobuf";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { readPemFiles } from "../support/pem-files.ts";
import { tctl, userEnvironment } from "../support/tctl.ts";
import { WireClient } from "../support/wire-client.ts";
import { committedFacts, eraFacts } from "../support/wire-facts.ts";
import { WireSchema } from "../support/wire-schema.ts";

const nodeModules = fileURLToPath(new URL("../../node_modules", import.meta.url));
const auth = (method: string) => `/proto.AuthService/${method}`;
const PENDING = 1;
const APPROVED = 2;
const TWELVE_HOURS_MS = 12 * 3_600_000;

/** Word for word what the documentation of access plugins has people type. */
const typed = `
cat > rscs.yaml <<EOT
kind: user
metadata:
  name: access-plugin
spec:
  roles: ['access-plugin']
version: v2
---
kind: role
metadata:
  name: access-plugin
spec:
  allow:
    rules:
      - resources: ['access_request']
        verbs: ['list','read','update']
    # a user with 0 logins gets no certificate in older releases
    logins: ['access-plugin']
version: v3
EOT
npx tctl create rscs.yaml
npx tctl auth sign --format=tls --user=access-plugin --out=auth
`;

let daemon: Daemon;
before(async () => {
  daemon = await startDaemon();
  symlinkSync(nodeModules, join(daemon.directory, "node_modules"));
});
after(() => daemon?.[Symbol.asyncDispose]());

test("what the user types gives three files", async () => {
  const { stdout } = await promisify(execFile)("bash", ["-euc", typed], {
    cwd: daemon.directory,
    env: { ...userEnvironment(daemon), npm_config_update_notifier: "false", npm_config_offline: "true" },
    timeout: 60_000,
  });
  assert.match(stdout, /role "access-plugin" has been created/);
  assert.match(stdout, /user "access-plugin" has been created/);
  const made = readdirSync(daemon.directory).filter((name) => name.startsWith("auth."));
  assert.deepEqual(made.sort(), ["auth.cas", "auth.crt", "auth.key"]);
  for (const name of made) {
    assert.equal(statSync(join(daemon.directory, name)).mode & 0o777, 0o600, name);
  }
});

test("the certificate is the plugin's, of this cluster, for twelve hours", () => {
  const { crt, key } = readPemFiles(join(daemon.directory, "auth"));
  const certificate = new X509Certificate(crt);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
  assert.match(certificate.subject, /^CN=access-plugin$/m);
  assert.match(certificate.subject, /^O=access-plugin$/m);
  assert.match(certificate.issuer, /^O=one\.example$/m);
  const left = certificate.validToDate.getTime() - Date.now();
  assert.ok(left <= TWELVE_HOURS_MS && left > TWELVE_HOURS_MS - 60_000, `${left} ms are left`);
});

test("with these files a program of 2020 lists, watches and resolves requests", async () => {
  await tctl(daemon, ["create", writeOldPeople()]);
  const schema = new WireSchema(eraFacts("v4.3.0") ?? committedFacts());
  const client = new WireClient({
    schema,
    address: daemon.address,
    credentials: readPemFiles(join(daemon.directory, "auth")),
  });
  const watch = client.stream(auth("WatchEvents"), {
    Kinds: [{ Kind: "access_request", Filter: { state: "PENDING" } }],
  });
  try {
    assert.equal((await watch.next(5_000))?.Type ?? 0, schema.valueOf("Operation", "INIT"));
    const id = (await tctl(daemon, ["requests", "create", "erin", "--roles=old-dba"])).trim();
    const event = await watch.next(5_000);
    const seen = event?.AccessRequest as JsonObject | undefined;
    assert.equal((seen?.Metadata as JsonObject | undefined)?.Name, id);
    assert.deepEqual(await statesOf(client), { [id]: PENDING });
    await client.call(auth("SetAccessRequestState"), { ID: id, State: APPROVED, Delegator: "chat:frank" });
    assert.deepEqual(await statesOf(client), { [id]: APPROVED });
  } finally {
    watch.cancel();
    client.close();
  }
  assert.match(await tctl(daemon, ["requests", "ls"]), /erin .*APPROVED/);
});

async function statesOf(client: WireClient): Promise<Record<string, number>> {
  const { AccessRequests: all = [] } = await client.call(auth("GetAccessRequests"), {});
  return Object.fromEntries(
    (all as JsonObject[]).map(({ Metadata, Spec }) => [
      (Metadata as JsonObject).Name,
      (Spec as JsonObject).State,
    ]),
  );
}

function writeOldPeople(): string {
  const documents = [
    { kind: "user", version: "v2", metadata: { name: "erin" }, spec: { roles: ["asks-for-old-dba"] } },
    { kind: "role", version: "v3", metadata: { name: "old-dba" }, spec: { allow: { logins: ["postgres"] } } },
    {
      kind: "role",
      version: "v3",
      metadata: { name: "asks-for-old-dba" },
      spec: { allow: { request: { roles: ["old-dba"] } } },
    },
  ];
  writeFileSync(
    join(daemon.directory, "old.yaml"),
    documents.map((one) => JSON.stringify(one)).join("\n---\n"),
  );
  return "old.yaml";
}
