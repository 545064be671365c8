import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import {
  createSshSigner,
  encodeKrl,
  formatPublicKeyLine,
  isRevoked,
  parseKrl,
  signDetached,
} from "@sallyport/ssh";
import { krlCommand } from "../../packages/server/src/openssh/index.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 5, 1);

const newSigner = () => createSshSigner(generateKeyPairSync("ed25519").privateKey);
const authority = newSigner();
const stranger = newSigner();
const lost = newSigner().publicKey;

let directory: string;
let file: string;
let server: Server;
let url: string;
/** What is served: path → bytes; anything else is not there. */
const served = new Map<string, Uint8Array | string>();

before(async () => {
  server = createServer((request, response) => {
    const body = served.get(request.url ?? "");
    if (body === "elsewhere") response.writeHead(302, { location: "/other" }).end();
    else response.writeHead(body === undefined ? 404 : 200).end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/krl`;
  directory = mkdtempSync(join(tmpdir(), "sallyport-krl-"));
  file = join(directory, "revoked_keys");
  writeFileSync(join(directory, "user_ca.pub"), `${formatPublicKeyLine(authority.publicKey)}\n`);
  const line = formatPublicKeyLine(authority.publicKey);
  writeFileSync(join(directory, "krl_signers"), `sallyport namespaces="krl@one.example" ${line}\n`);
});
after(async () => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  served.clear();
  rmSync(file, { force: true });
});

async function serve(
  version: bigint,
  { generatedAt = NOW, signer = authority, cluster = "one.example" } = {},
) {
  const krl = encodeKrl({ version, generatedAt, keys: [lost] });
  served.set("/krl", krl);
  served.set("/krl.sig", await signDetached(signer, krl, `krl@${cluster}`));
  return krl;
}

async function run(...more: readonly string[]) {
  const said: string[] = [];
  const code = await krlCommand(["fetch", "--out", file, "--url", url, ...more], {
    machine: { env: {}, uid: 0, home: directory, workingDir: directory },
    hostName: "db1",
    program: ["/usr/bin/node", "/opt/sallyport/main.js"],
    clock: { now: () => NOW, after: () => () => {} },
    print: (text) => said.push(text),
    note: (text) => said.push(text),
  });
  // Nothing but the list and what was there before: no half of a file stays behind.
  const there = readdirSync(directory).filter((name) => name !== "revoked_keys");
  assert.deepEqual(there.sort(), ["krl_signers", "user_ca.pub"]);
  return { code, said: said.join("\n") };
}

test("a fresh signed list takes the place of the old one, and stays where nothing changed", async () => {
  const first = await serve(7n, { generatedAt: NOW - HOUR_MS });
  assert.deepEqual(await run(), {
    code: 0,
    said: `written: ${file}, version 7 of 2026-05-31T23:00:00.000Z\n`,
  });
  assert.deepEqual(readFileSync(file), first);
  assert.match((await run()).said, /is up to date/);
  const second = await serve(8n);
  assert.equal((await run()).code, 0);
  assert.deepEqual(readFileSync(file), second);
});

test("threat 15, threat 35: what its own authority did not sign for this cluster is not taken", async () => {
  const good = await serve(7n);
  await run();
  const hostile: (() => unknown)[] = [
    () => serve(8n, { signer: stranger }),
    () => serve(8n, { cluster: "two.example" }),
    () => served.set("/krl", encodeKrl({ version: 8n, generatedAt: NOW })),
    () => served.set("/krl.sig", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"),
    () => served.delete("/krl.sig"),
    () => served.set("/krl", "elsewhere"),
    () => served.set("/krl", Buffer.alloc(17 * 1024 * 1024)),
    () => served.set("/krl", ""),
  ];
  for (const spoil of hostile) {
    await serve(7n);
    await spoil();
    const { code, said } = await run();
    assert.equal(code, 1, said);
    assert.match(said, /not signed by the authority|could not be fetched/);
    assert.deepEqual(readFileSync(file), good);
  }
});

test("a signed list that is no list is not taken", async () => {
  const good = await serve(7n);
  await run();
  for (const bytes of [Buffer.from("nonsense"), good.subarray(0, 30), Buffer.concat([good, Buffer.of(1)])]) {
    served.set("/krl", bytes);
    served.set("/krl.sig", await signDetached(authority, bytes, "krl@one.example"));
    assert.equal((await run()).code, 1);
    assert.deepEqual(readFileSync(file), good);
  }
});

test("an older list does not bring back what was revoked, unless it is asked for", async () => {
  const good = await serve(7n);
  await run();
  for (const [version, generatedAt, words] of [
    [6n, NOW, /version 6, and version 7 is here already/],
    [7n, NOW - HOUR_MS, /version 7 is here already/],
    [8n, NOW - 25 * HOUR_MS, /too old; whoever serves it/],
    [8n, NOW + HOUR_MS, /from the future/],
  ] as const) {
    await serve(version, { generatedAt });
    const { code, said } = await run();
    assert.equal(code, 1);
    assert.match(said, words);
    assert.deepEqual(readFileSync(file), good);
  }
  const older = await serve(3n);
  assert.equal((await run("--accept-older")).code, 0);
  assert.deepEqual(readFileSync(file), older);
});

test("without a fresh list sshd goes on by the last one, or refuses certificates, as it was told", async () => {
  const stale = await serve(7n, { generatedAt: NOW - 2 * HOUR_MS });
  await run();
  served.clear();
  assert.match((await run("--when-stale", "closed")).said, /stays, version 7/);
  assert.deepEqual(readFileSync(file), stale, "it still counts");
  const open = await run("--max-age", "1h");
  assert.equal(open.code, 1);
  assert.match(open.said, /goes on by version 7 .*what was revoked since is let in/);
  assert.deepEqual(readFileSync(file), stale);
  const closed = await run("--max-age", "1h", "--when-stale", "closed");
  assert.equal(closed.code, 1);
  assert.match(closed.said, /refuses every certificate until/);
  const krl = parseKrl(readFileSync(file));
  assert.equal(isRevoked(krl, authority.publicKey), true);
  assert.equal(isRevoked(krl, lost), true, "what was revoked stays revoked");
  assert.equal(isRevoked(krl, stranger.publicKey), false, "other keys, for emergencies, still work");
  const before = readFileSync(file);
  await run("--max-age", "1h", "--when-stale", "closed");
  assert.deepEqual(readFileSync(file), before);
  const fresh = await serve(7n);
  assert.equal((await run("--max-age", "1h", "--when-stale", "closed")).code, 0);
  assert.deepEqual(readFileSync(file), fresh);
});

test("a list that is missing or broken is never left to sshd, which would refuse every key", async () => {
  for (const text of [undefined, "", "SSHKRL\n\0"]) {
    for (const choice of ["open", "closed"]) {
      rmSync(file, { force: true });
      if (text !== undefined) writeFileSync(file, text);
      assert.equal((await run("--when-stale", choice)).code, 1);
      assert.equal(isRevoked(parseKrl(readFileSync(file)), authority.publicKey), choice === "closed");
    }
    const fresh = await serve(1n);
    assert.equal((await run()).code, 0);
    assert.deepEqual(readFileSync(file), fresh);
    served.clear();
  }
});

test("who signs it is known before anything is fetched", async () => {
  const signers = join(directory, "krl_signers");
  const text = readFileSync(signers, "utf8");
  await serve(1n);
  writeFileSync(signers, text.replace("krl@one", "file@one"));
  assert.match((await run()).said, /does not say who signs/);
  writeFileSync(signers, text);
  const key = join(directory, "user_ca.pub");
  assert.equal((await run("--cluster", "one.example", "--signer-key", key)).code, 0);
  await serve(2n, { cluster: "two.example" });
  assert.equal((await run("--cluster", "one.example", "--signer-key", key)).code, 1);
});

test("--print-unit: a service and a timer with whole paths, and nothing is fetched", async () => {
  const { code, said } = await run(
    "--print-unit",
    "--every",
    "5m",
    "--when-stale",
    "closed",
    "--signers",
    "krl_signers",
  );
  assert.equal(code, 0);
  assert.match(said, /^\[Timer\]$/m);
  assert.match(said, /^OnUnitInactiveSec=300s$/m);
  assert.match(said, new RegExp(`^ReadWritePaths=${directory}$`, "m"));
  const [command] = said.match(/^ExecStart=.*$/m) ?? [];
  assert.ok(command?.startsWith("ExecStart=/usr/bin/node /opt/sallyport/main.js krl fetch "), command);
  assert.ok(
    command?.includes(`--out ${file}`) && command.includes(`--signers ${directory}/krl_signers`),
    command,
  );
  assert.ok(command?.includes(`--url ${url}`) && command.includes("--when-stale closed"), command);
  assert.equal(existsSync(file), false);
});

test("threat 34: words that a unit or a shell would read otherwise are refused", async () => {
  for (const more of [
    ["--url", "http://a/$(id)"],
    ["--url", "file:///etc/passwd"],
    ["--url", "http://a/%h"],
    ["--url", "http://-oProxyCommand=x/"],
    ["--out", "/tmp/a b"],
    ["--out", "/tmp/%n"],
    ["--auth-server", "a;b"],
    ["--cluster", "$HOME"],
    ["--when-stale", "perhaps"],
    ["--every", "soon"],
    ["--max-age", "-1h"],
  ]) {
    const { code, said } = await run("--print-unit", ...more);
    assert.equal(code, 2, `${more}: ${said}`);
  }
});
