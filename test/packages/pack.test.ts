import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
/** Outside of the workspace, as a stranger's project is. */
const app = mkdtempSync(join(tmpdir(), "sallyport-stranger-"));
const installed = ["api", "x509", "ssh", "server", "testkit"];

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
let packed: readonly Packed[];

const manifestOf = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const write = (name: string, text: string) => writeFileSync(join(app, name), text);

before(async () => {
  mkdirSync(join(app, "tarballs"));
  const workspaces = installed.flatMap((name) => ["-w", `packages/${name}`]);
  const pack = [
    "pack",
    "--json",
    "--ignore-scripts",
    "--pack-destination",
    join(app, "tarballs"),
    ...workspaces,
  ];
  packed = JSON.parse((await run("npm", pack, { cwd: root })).stdout);
  write("package.json", '{ "name": "stranger", "private": true, "type": "module" }');
  const tarballs = packed.map(({ filename }) => `./tarballs/${filename}`);
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...quiet, ...tarballs], { cwd: app });
  cpSync(join(root, "examples"), join(app, "examples"), { recursive: true });
});
after(() => rmSync(app, { recursive: true }));

test("all packages have one version, and name each other by exactly that", () => {
  const { version } = manifestOf(join(root, "package.json"));
  for (const path of globSync("packages/*/package.json", { cwd: root })) {
    const manifest = manifestOf(join(root, path));
    assert.equal(manifest.version, version, path);
    assert.equal(manifest.name, `@sallyport/${path.split(/[\\/]/)[1]}`);
    for (const [name, wanted] of Object.entries(manifest.dependencies ?? {})) {
      if (name.startsWith("@sallyport/")) assert.equal(wanted, version, `${path}: ${name}`);
      else assert.match(String(wanted), /^\d+\.\d+\.\d+$/, `${path}: ${name} is not pinned`);
    }
  }
});

test("a package carries what it exports, and neither sources nor tests", () => {
  for (const { name, files } of packed) {
    const paths = new Set(files.map(({ path }) => path));
    const odd = [...paths].filter((path) => /\.test\.|(^|\/)testing\/|^src\/|\.tsbuildinfo$/.test(path));
    assert.deepEqual(odd, [], name);
    const { exports } = manifestOf(join(app, "node_modules", name, "package.json"));
    for (const [key, target] of Object.entries<string | Record<string, string>>(exports)) {
      if (typeof target === "string") continue;
      for (const condition of ["types", "default"]) {
        const path = target[condition]?.replace("./", "") ?? "missing";
        assert.ok(paths.has(path), `${name} ${key}: ${condition} is not in the package`);
      }
    }
  }
});

test("the packages load in plain Node and speak to a cluster of the testkit", async () => {
  write(
    "program.js",
    `import { AppError, createClient } from "@sallyport/api";
     import { connect, fromMemory } from "@sallyport/api/node";
     import { RequestState } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
     import { parseCertificate } from "@sallyport/x509";
     import * as ssh from "@sallyport/ssh";
     import { startCluster } from "@sallyport/testkit";
     await using cluster = await startCluster();
     await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["root"] } } });
     await cluster.addUser("alice", ["dev"]);
     const credentials = await cluster.credentials("alice");
     await using client = await connect({ address: cluster.address, credentials: fromMemory(credentials) });
     const refused = await client.roles.get("none").catch((error) => error);
     console.log(JSON.stringify([
       (await client.users.current()).Metadata.Name,
       refused instanceof AppError && refused.reason,
       typeof createClient, RequestState.PENDING, Object.keys(ssh).length > 0,
       parseCertificate(credentials.cert).isCa,
     ]));`,
  );
  const { stdout } = await run(process.execPath, ["program.js"], { cwd: app });
  assert.deepEqual(JSON.parse(stdout), ["alice", "ACCESS_DENIED", "function", 1, true, false]);
});

test("the types are whole: a strict program, the README and the examples compile against them", async () => {
  write(
    "program.ts",
    `import { type Client, type WatchEvent, isAppError, RequestState } from "@sallyport/api";
     import { connect, fromFiles, type NodeClient } from "@sallyport/api/node";
     import type { EventSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/event_pb.js";
     export async function program(): Promise<string> {
       const credentials = fromFiles({ cert: "a.crt", key: "a.key", ca: "a.cas" });
       await using client: NodeClient = await connect({ address: ["a:3025", "b"], credentials });
       const names: string[] = (await client.auth.getRole({ Name: "ops" })).Spec?.Allow?.Logins ?? [];
       for await (const event of client.watch(["role"])) {
         const told: WatchEvent = event;
         if (told.type === "put" && told.resource.case === "Role") names.push(told.resource.value.Version);
         // @ts-expect-error a kind of event that is not there
         if (told.type === "change") break;
       }
       // @ts-expect-error a field that the message does not have
       await client.auth.getRole({ name: "ops" });
       return names.join();
     }
     export const isPending = async (client: Client, id: string): Promise<boolean> => {
       try {
         return (await client.accessRequests.get(id)).Spec?.State === RequestState.PENDING;
       } catch (error) {
         if (isAppError(error, "NOT_FOUND")) return false;
         throw error;
       }
     };
     export type Message = typeof EventSchema;
     // @ts-expect-error a name that is not exported
     export type { Nothing } from "@sallyport/api";`,
  );
  write(
    "readme-globals.d.ts",
    `import type { AccessRequestV3 } from "@sallyport/api";
     import type { NodeClient } from "@sallyport/api/node";
     declare global {
       const client: NodeClient;
       const signal: AbortSignal;
       const id: string;
       const requestId: string;
       function listEverything(): Promise<void>;
       function handle(request: AccessRequestV3): void;
       function forget(kind: string, name: string): void;
     }`,
  );
  const readme = readFileSync(join(app, "node_modules/@sallyport/api/README.md"), "utf8");
  const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, text = ""]) => text);
  assert.ok(programs.length >= 5);
  for (const [index, text] of programs.entries()) write(`readme-${index}.ts`, `${text}\nexport {};\n`);
  const compilerOptions = {
    strict: true,
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: false,
  };
  write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions, include: ["program.ts", "readme-*.ts", "examples/*.ts"] }),
  );
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { stdout } = await run(tsc, ["-p", "."], { cwd: app }).catch((error) => error);
  assert.equal(stdout, "");
});

test("the examples run against the installed packages", async () => {
  for (const name of ["auto-approver", "webhook-forwarder", "audit-tail"]) {
    const { stdout } = await run(process.execPath, [`examples/${name}.ts`, "--help"], { cwd: app });
    assert.match(stdout, new RegExp(`^node ${name}\\.ts`));
  }
});

test("the root of the SDK bundles for a browser: nothing of Node is in it", async () => {
  write(
    "browser.js",
    `import { createClient, StatusError } from "@sallyport/api";
     const transport = { unary: async () => { throw new StatusError(14, "offline"); }, serverStream() { throw new Error(); } };
     globalThis.outcome = createClient(transport).ping().catch((error) => error.reason);`,
  );
  const { build } = await import("esbuild");
  const bundle = await build({
    entryPoints: [join(app, "browser.js")],
    absWorkingDir: app,
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    metafile: true,
  });
  const code = bundle.outputFiles[0]?.text ?? "";
  const inputs = Object.keys(bundle.metafile.inputs);
  assert.ok(!inputs.some((path) => path.includes("grpc")));
  assert.ok(!/\b(?:process\.|Buffer\b|require\()/.test(code.replace(/typeof (?:process|Buffer)[^;]*/g, "")));
  const { createContext, runInContext } = await import("node:vm");
  const scope = {
    TextEncoder,
    TextDecoder,
    setTimeout,
    clearTimeout,
    AbortController,
    crypto,
    outcome: "none",
  };
  const context = createContext(scope);
  runInContext("globalThis.globalThis = globalThis", context);
  runInContext(code, context);
  assert.equal(await context.outcome, "UNAVAILABLE");
});
