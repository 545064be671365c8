#!/bin/sh
':' /*
# Read by sh first, by Node second, so that exec replaces sh: one process, and every signal reaches it once.
# The shell part takes the Node of this workspace where there is one, also when the machine's own is older.
self=$(readlink -f -- "$0") || self=$0
node=${self%/packages/cli/bin/tctl.js}/node_modules/.bin/node
[ -x "$node" ] || node=node
command -v "$node" >/dev/null || { echo "tctl: needs Node 24 or newer on PATH" >&2; exit 1; }
# A run is over before its heap has grown: room from the start saves the collections in between.
exec "$node" --min-semi-space-size=16 "$self" "$@"
*/;
import { existsSync } from "node:fs";

if (Number.parseInt(process.versions.node, 10) < 24) {
  stop(`needs Node 24 or newer; this is ${process.versions.node}. In a clone: node_modules/.bin/tctl`);
}
const program = new URL("../dist/main.js", import.meta.url);
if (!existsSync(program)) stop("is not built yet. In the clone, run: npm run build");
await import(program.href);

function stop(words) {
  process.stderr.write(`tctl: ${words}\n`);
  process.exit(1);
}
