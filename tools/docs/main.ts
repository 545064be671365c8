/**
 * Writes the reference pages below `docs/reference`, each from what the programs themselves read:
 *
 *     node --conditions=sallyport-source tools/docs/main.ts            writes what differs
 *     node --conditions=sallyport-source tools/docs/main.ts --check    writes nothing, fails on a difference
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configReference } from "../../packages/server/src/config/index.ts";
import { certificateReference } from "./certificate-reference.ts";
import { dependencyList } from "./dependency-list.ts";
import { errorReference } from "./error-reference.ts";
import { eventReference } from "./event-reference.ts";
import { openReferenceCluster } from "./reference-cluster.ts";
import { rpcReference } from "./rpc-reference.ts";
import { tctlReference } from "./tctl-reference.ts";

const root = join(import.meta.dirname, "../..");

/** Every page by its path below `docs/reference`; undefined where what it describes is not there yet. */
async function render(): Promise<ReadonlyMap<string, string | undefined>> {
  const cluster = await openReferenceCluster();
  try {
    return new Map([
      ["config.md", configReference()],
      ["certificates.md", await certificateReference()],
      ["errors.md", errorReference()],
      ["rpc.md", rpcReference(cluster)],
      ["events.md", eventReference(join(root, "packages/server/src"), cluster.services)],
      ["tctl.md", await tctlReference()],
      ["dependencies.txt", dependencyList(readFileSync(join(root, "package-lock.json"), "utf8"))],
    ]);
  } finally {
    await cluster.close();
  }
}

const check = process.argv.includes("--check");
const say = (text: string) => process.stdout.write(`docs: ${text}\n`);
let drifts = 0;
for (const [name, text] of await render()) {
  const path = join(root, "docs/reference", name);
  if (text === undefined || (existsSync(path) && readFileSync(path, "utf8") === text)) continue;
  drifts += 1;
  say(`${check ? "differs" : "written"}: docs/reference/${name}`);
  if (check) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
if (drifts === 0) say("nothing differs");
if (check && drifts > 0) {
  say("what is committed differs from what `npm run generate` makes; run it and commit the result");
  process.exitCode = 1;
}
