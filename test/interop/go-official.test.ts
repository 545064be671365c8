import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";

const source = fileURLToPath(new URL("./go-api", import.meta.url));
const program = join(tmpdir(), `sallyport-go-api-${process.getuid?.() ?? ""}`, "client");
const BUILD_MS = 540_000;
const PLAY_MS = 240_000;
const hasGo = spawnSync("go", ["version"]).status === 0;
const onCi = process.env.CI !== undefined && process.env.CI !== "";
const skip = !hasGo && !onCi && "Go is missing on this machine, so the official client does not run";

/** The step after which the client waits for the server to stop, and the one after which for its return. */
const STOP_AFTER = "watch before the server stops";
const START_AFTER = "the watch ends as a connection problem";
const LAST = "the same client watches again";

const people = `
kind: user
version: v2
metadata: {name: access-plugin}
spec: {roles: [access-plugin]}
---
kind: role
version: v3
metadata: {name: access-plugin}
spec: {allow: {logins: [access-plugin], rules: [{resources: [access_request], verbs: [list, read, update]}]}}
---
kind: user
version: v2
metadata: {name: api-admin}
spec: {roles: [access, auditor, editor]}
`;

let daemon: Daemon;

/** What differs between suites is who signs, with which keys: Go verifies and reads what the others may not. */
for (const keys of ["balanced-v1", "legacy"]) {
  suite(`the official Go client, unmodified, with the suite ${keys}`, { skip }, () => playAll(keys));
}

function playAll(keys: string): void {
  before(async () => {
    build();
    daemon = await startDaemon();
    if (keys !== "balanced-v1") await change(keys);
  });
  after(() => daemon?.[Symbol.asyncDispose]());

  test("plays administrator, plugin, requester and reviewer", { timeout: PLAY_MS }, async (t) => {
    const { code, lines, errors } = await play(await prepare());
    assert.ok(lines.length > 0, errors);
    for (const { step, ok, error } of lines) await t.test(step, () => assert.ok(ok, error));
    assert.equal(code, 0, errors);
    assert.equal(lines.at(-1)?.step, LAST, "it ended before the end");
  });
}

/** As the guide has it: the cluster's word first, then new keys for the authorities that are there. */
async function change(keys: string): Promise<void> {
  const preference = `kind: cluster_auth_preference
version: v2
metadata: { name: cluster-auth-preference }
spec: { type: local, second_factors: [otp], signature_algorithm_suite: ${keys} }
`;
  writeFileSync(join(daemon.directory, "suite.yaml"), preference);
  await tctl(daemon, ["create", "-f", "suite.yaml"]);
  for (const type of ["host", "user"]) {
    for (const phase of ["init", "update_clients", "update_servers", "standby"]) {
      await tctl(daemon, ["auth", "rotate", `--type=${type}`, "--manual", `--phase=${phase}`]);
    }
  }
  const status = await tctl(daemon, ["status"]);
  assert.match(status, /RSA 2048/);
  assert.doesNotMatch(status, /ECDSA|Ed25519/);
}

/** The first build fetches and compiles what the module needs; Go keeps both for the next. */
function build(): void {
  assert.ok(hasGo, "Go is missing, and on CI no test may be skipped");
  mkdirSync(join(program, ".."), { recursive: true, mode: 0o700 });
  const built = spawnSync("go", ["build", "-o", program, "."], {
    cwd: source,
    encoding: "utf8",
    timeout: BUILD_MS,
  });
  assert.equal(built.status, 0, `${built.error ?? ""}\n${built.stderr}`);
}

async function prepare(): Promise<string[]> {
  writeFileSync(join(daemon.directory, "people.yaml"), people);
  await tctl(daemon, ["create", "people.yaml"]);
  const sign = (user: string, format: string, out: string) =>
    tctl(daemon, ["auth", "sign", `--user=${user}`, `--format=${format}`, `--out=${out}`]);
  await sign("access-plugin", "tls", "auth");
  await sign("api-admin", "file", "admin.pem");
  return [
    `--address=${daemon.address}`,
    "--cluster=one.example",
    `--host=${daemon.adminIdentity}`,
    `--admin=${join(daemon.directory, "admin.pem")}`,
    `--plugin=${join(daemon.directory, "auth")}`,
  ];
}

interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly error?: string;
}

/** Runs the client, and stops and starts the server where it waits for that. */
async function play(args: readonly string[]) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: PLAY_MS - 10_000 });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on("close", resolve).on("error", reject),
  );
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const lines: Step[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const step = JSON.parse(line) as Step;
    lines.push(step);
    if (step.step === STOP_AFTER) await daemon.stop();
    if (step.step === START_AFTER) await startAgain();
  }
  return { code: await ended, lines, errors };
}

/** On the data and the address that it had. */
async function startAgain(): Promise<void> {
  const config = readFileSync(daemon.configFile, "utf8");
  writeFileSync(daemon.configFile, config.replace("127.0.0.1:0", daemon.address));
  daemon = await startDaemon({ directory: daemon.directory });
}
