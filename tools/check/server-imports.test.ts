import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf } from "./imports.ts";
import { checkServerImports } from "./server-imports.ts";

function rulesBroken(files: Readonly<Record<string, string>>): readonly string[] {
  const sources = Object.entries(files).map(([path, source]) => ({ path, source }));
  return checkServerImports(sources).map(({ path, rule }) => `${path} ${rule}`);
}

const from = (specifier: string) => `import { x } from "${specifier}";\n`;
const typeFrom = (specifier: string) => `import type { X } from "${specifier}";\n`;

test("every form of import is seen", () => {
  const source = [
    'import { a, type b } from "./a.ts";',
    'import type { c } from "./c.ts";',
    'import * as d from "./d.ts";',
    'import "./e.ts";',
    'export { f } from "./f.ts";',
    'export * from "./g.ts";',
    'export type * from "./h.ts";',
    'import {\n  i,\n  j,\n} from "./i.ts";',
    'const k = await import("./k.ts");',
    'export const text = "from";',
    'import l, { m } from "./l.ts";',
  ].join("\n");
  assert.deepEqual(
    importsOf(source).map(
      ({ specifier, typeOnly, line }) => `${line} ${specifier}${typeOnly ? " type" : ""}`,
    ),
    [
      "1 ./a.ts",
      "2 ./c.ts type",
      "3 ./d.ts",
      "4 ./e.ts",
      "5 ./f.ts",
      "6 ./g.ts",
      "7 ./h.ts type",
      "8 ./i.ts",
      "14 ./l.ts",
      "12 ./k.ts",
    ],
  );
});

test("what may be imported", () => {
  assert.deepEqual(
    rulesBroken({
      "start-auth.ts": from("./roles/index.ts"),
      "main.ts": from("./start-auth.ts"),
      "roles/rpc.ts": `${from("../rpc/table.ts")}${from("../storage/key.ts")}${from("@sallyport/api/gen/a_pb.js")}${from("../users/index.ts")}`,
      "roles/role.ts": typeFrom("../rpc/caller.ts"),
      "roles/decide-access.ts": `${typeFrom("../storage/backend.ts")}${from("./role.ts")}`,
      "roles/rpc.test.ts": `${from("../start-auth.ts")}${from("../users/store.ts")}`,
      "rpc/pipeline/run.ts": `${from("../../audit/index.ts")}${from("@sallyport/api/gen/a_pb")}`,
      "audit/index.ts": `${from("../storage/backend.ts")}${from("node:fs")}`,
      "audit/rpc.ts": `${from("../rpc/index.ts")}${from("./search-log.ts")}`,
      "users/index.ts": from("./user.ts"),
      "users/wire/read.ts": from("@sallyport/api/gen/a_pb"),
    }),
    [],
  );
});

test("what may not be imported, by rule", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["kernel/logger.ts", from("../config/index.ts"), 2],
    ["storage/key.ts", from("../rpc/table.ts"), 2],
    ["config/load.ts", typeFrom("../audit/entry.ts"), 2],
    ["audit/search-log.ts", from("../rpc/index.ts"), 2],
    ["rpc/pipeline.ts", from("../roles/index.ts"), 2],
    ["roles/index.ts", from("../start-auth.ts"), 2],
    ["roles/index.ts", 'export * from "../main.ts";\n', 2],
    ["roles/rpc.ts", from("../users/store.ts"), 3],
    ["roles/rpc.ts", typeFrom("../users/user.ts"), 3],
    ["roles/rpc.ts", 'const x = await import("../users/plugin/index.ts");\n', 3],
    ["roles/role.ts", from("node:crypto"), 4],
    ["roles/decide-access.ts", from("../storage/key.ts"), 4],
    ["roles/decide-access.ts", from("../rpc/table.ts"), 4],
    ["roles/decide-access.ts", typeFrom("@sallyport/api/gen/a_pb"), 4],
    ["authority/authorities/authority.ts", from("@bufbuild/protobuf"), 4],
    ["access-requests/plugin-data/decide-update.ts", from("node:fs"), 4],
    ["storage/sqlite/writer.ts", from("@sallyport/api/gen/a_pb.js"), 5],
    ["storage/cursor.ts", from("@sallyport/api"), 5],
    ["audit/search-log.ts", typeFrom("@sallyport/api/gen/a_pb.js"), 5],
  ];
  for (const [path, source, rule] of cases) {
    assert.deepEqual(rulesBroken({ [path]: source }), [`${path} ${rule}`], `${path}: ${source}`);
  }
});

test("domains in a circle are named at every arrow of it", () => {
  assert.deepEqual(
    rulesBroken({
      "roles/a.ts": from("../users/index.ts"),
      "users/b.ts": from("../locks/index.ts"),
      "locks/c.ts": from("../roles/index.ts"),
      "login/d.ts": from("../users/index.ts"),
    }),
    ["roles/a.ts 3", "users/b.ts 3", "locks/c.ts 3"],
  );
});
