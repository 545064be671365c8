import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { newestSchema } from "../support/admin.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";

const source = fileURLToPath(new URL("./go", import.meta.url));
const program = join(tmpdir(), `sallyport-go-client-${process.getuid?.() ?? ""}`, "client");
const BUILD_MS = 540_000;
const hasGo = spawnSync("go", ["version"]).status === 0;
const onCi = process.env.CI !== undefined && process.env.CI !== "";
const skip = !hasGo && !onCi && "Go is missing on this machine, so the client in Go does not run";

const pluginYaml = `
kind: user
version: v2
metadata: {name: access-plugin}
spec: {roles: [access-plugin]}
---
kind: role
version: v3
metadata: {name: access-plugin}
spec: {allow: {logins: [access-plugin], rules: [{resources: [access_request], verbs: [list, read, update]}]}}
`;

let daemon: Daemon;

suite("a client on Go's TLS, HTTP/2, gRPC and SSH", { skip }, () => {
  before(async () => {
    build();
    daemon = await startDaemon();
  });
  after(() => daemon?.[Symbol.asyncDispose]());

  test("plays administrator, plugin, requester and reviewer", { timeout: 120_000 }, async (t) => {
    const { code, lines, errors } = await play(await prepare());
    assert.ok(lines.length > 0, errors);
    for (const { step, ok, error } of lines) {
      await t.test(step, () => assert.ok(ok, error));
    }
    assert.equal(code, 0, errors);
    assert.equal(lines.at(-1)?.step, "the watch brings the deletion", "it ended before the end");
  });
});

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

/** The plugin's user and files, and the contract for a program that has no generated code. */
async function prepare(): Promise<string[]> {
  writeFileSync(join(daemon.directory, "plugin.yaml"), pluginYaml);
  await tctl(daemon, ["create", "plugin.yaml"]);
  const sign = ["auth", "sign", "--user=access-plugin"];
  await tctl(daemon, [...sign, "--format=tls", "--out=auth"]);
  await tctl(daemon, [...sign, "--format=file", "--out=auth.pem"]);
  const { descriptors, facts } = newestSchema;
  const methods = [...facts.methods.values()].map(
    ({ path, input, output }) => [path, { input: messageName(input), output: messageName(output) }] as const,
  );
  writeFileSync(join(daemon.directory, "descriptors.binpb"), toBinary(FileDescriptorSetSchema, descriptors));
  writeFileSync(join(daemon.directory, "methods.json"), JSON.stringify(Object.fromEntries(methods)));
  return [
    `--address=${daemon.address}`,
    "--cluster=one.example",
    `--schema=${daemon.directory}`,
    `--identity=${daemon.adminIdentity}`,
    `--user-identity=${join(daemon.directory, "auth.pem")}`,
    `--out=${join(daemon.directory, "auth")}`,
  ];
}

const messageName = (name: string) => newestSchema.descriptorName(name);

interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly error?: string;
}

async function play(
  args: readonly string[],
): Promise<{ code: number | null; lines: Step[]; errors: string }> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 110_000 });
  const [output, errors, code] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
  ]);
  const lines = output.split("\n").filter((line) => line !== "");
  return { code, lines: lines.map((line) => JSON.parse(line) as Step), errors };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
