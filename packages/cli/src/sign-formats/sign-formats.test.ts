import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { chooseFormat, formatNames } from "./formats.ts";
import { formatKubeconfig, mergeKubeconfig } from "./kubeconfig.ts";
import { findOrapki, makeWallet } from "./oracle-wallet.ts";
import { proxyAddress } from "./proxy-address.ts";
import { formatTar, tarName } from "./tar.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tctl-formats-"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("every format of the list is there; others are refused", async () => {
  for (const name of formatNames) assert.equal(typeof (await chooseFormat(name)).sign, "function", name);
  for (const name of ["tsl", "constructor", "__proto__", ""]) {
    await assert.rejects(async () => chooseFormat(name), { name: "UsageError" });
  }
});

test("tar unpacks the archive: names, contents, modes and time", async () => {
  const at = Date.UTC(2026, 0, 31, 12);
  const files = [
    { path: "./certs/node.key", content: "secret\n" },
    { path: "certs/exact", content: "x".repeat(512) },
    { path: "certs/empty", content: "" },
    { path: `certs/${"n".repeat(94)}`, content: Buffer.from([0, 255]) },
  ];
  const place = join(folder, "tar");
  await mkdir(place);
  execFileSync("tar", ["-x", "-p", "-C", place], { input: formatTar(files, at) });
  assert.deepEqual((await readdir(join(place, "certs"))).toSorted(), [
    "empty",
    "exact",
    "n".repeat(94),
    "node.key",
  ]);
  assert.equal(await readFile(join(place, "certs/node.key"), "utf8"), "secret\n");
  assert.equal((await readFile(join(place, "certs/exact"))).length, 512);
  const { mode, mtimeMs } = await stat(join(place, "certs/node.key"));
  assert.equal(mode & 0o777, 0o600);
  assert.equal(mtimeMs, at);
});

test("an archive never leads out of the folder that it is unpacked in", () => {
  assert.equal(tarName("./a/../b"), "b");
  for (const path of ["/etc/x", "../x", "a/../../x", "n".repeat(101)]) {
    assert.throws(() => tarName(path), { name: "UsageError" }, path);
  }
});

test("addresses of proxies get a scheme and a port, and never lose TLS", () => {
  const cases = [
    ["proxy.example.com", "https://proxy.example.com:3026"],
    ["proxy.example.com:443", "https://proxy.example.com:443"],
    ["https://proxy.example.com:443/", "https://proxy.example.com:443"],
    ["https://proxy.example.com", "https://proxy.example.com:3026"],
    ["[::1]:8443", "https://[::1]:8443"],
  ] as const;
  for (const [text, address] of cases) assert.equal(proxyAddress(text), address);
  for (const wrong of ["http://a", "a b", "", "https://u@h", "h/path", "ftp://h", "h:99999", "https://h?x"]) {
    assert.throws(() => proxyAddress(wrong), { name: "UsageError" }, wrong);
  }
});

const context = {
  name: "example.com",
  server: "https://proxy:3026",
  authorities: "CA",
  certificate: "CERT",
  privateKey: "KEY",
};

test("a kubeconfig is added to one that is there, which keeps what it had", async () => {
  const old = `apiVersion: v1
kind: Config
current-context: mine
clusters:
- {name: mine, cluster: {server: "https://mine"}}
- {name: example.com, cluster: {server: "https://old"}}
contexts:
- {name: mine, context: {cluster: mine, user: mine, namespace: prod}}
users:
- {name: mine, user: {exec: {command: login}}}
extensions: [{name: kept}]
`;
  const merged = parse(await mergeKubeconfig(old, await formatKubeconfig(context)));
  assert.equal(merged["current-context"], "example.com");
  assert.deepEqual(
    merged.clusters.map((one: { name: string; cluster: { server: string } }) => [
      one.name,
      one.cluster.server,
    ]),
    [
      ["mine", "https://mine"],
      ["example.com", "https://proxy:3026"],
    ],
  );
  assert.deepEqual(merged.contexts[0], {
    name: "mine",
    context: { cluster: "mine", user: "mine", namespace: "prod" },
  });
  assert.deepEqual(merged.users[0], { name: "mine", user: { exec: { command: "login" } } });
  assert.equal(merged.users[1].user["client-key-data"], Buffer.from("KEY").toString("base64"));
  assert.deepEqual(merged.extensions, [{ name: "kept" }]);
});

test("a file that is no kubeconfig is left alone, and no key in it is quoted", async () => {
  const fresh = await formatKubeconfig(context);
  const bad = [
    "- a\n",
    "secret-word",
    "kind: Pod",
    "clusters: secret-word",
    "a: [secret-word",
    "a: &x [*x]\n",
  ];
  for (const old of bad) {
    await assert.rejects(mergeKubeconfig(old, fresh), (error: Error) => {
      assert.match(error.message, /is no kubeconfig/);
      assert.doesNotMatch(error.message, /secret-word/);
      return true;
    });
  }
  assert.equal(parse(await mergeKubeconfig("", fresh))["current-context"], "example.com");
});

test("a wallet is what the tool of Oracle makes; what lay about is gone, and errors never have the password", async () => {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const tool = join(bin, "orapki");
  await writeFile(
    tool,
    `#!/bin/sh
echo "$2" "$@" | sed 's#/[^ ]*/#/#g' >> ${folder}/calls
while [ "$1" != -wallet ]; do shift; done
case "$*" in *fail*) echo "PKI-1234: wrong" >&2; exit 1;; esac
mkdir -p "$2" && echo wallet > "$2/cwallet.sso"
`,
  );
  await chmod(tool, 0o755);
  const orapki = findOrapki({ PATH: `relative:/none:${bin}` });
  assert.equal(orapki, tool);
  assert.equal(findOrapki({ PATH: "/none" }), undefined);
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith("tctl-wallet-"));
  const parts = { p12: Buffer.from("p12"), clientAuthorities: ["a", "b"] };
  const wallet = await makeWallet(tool, { ...parts, password: "pw" });
  assert.equal(Buffer.from(wallet).toString(), "wallet\n");
  const calls = (await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n");
  assert.deepEqual(
    calls.map((line) => line.split(" ")[0]),
    ["create", "import_pkcs12", "add", "add"],
  );
  await assert.rejects(makeWallet(tool, { ...parts, password: "fail-secret" }), (error: Error) => {
    assert.match(error.message, /orapki made no wallet: PKI-1234: wrong/);
    assert.doesNotMatch(error.message, /fail-secret/);
    return true;
  });
  const left = (await readdir(tmpdir())).filter((name) => name.startsWith("tctl-wallet-"));
  assert.deepEqual(left, before);
});
