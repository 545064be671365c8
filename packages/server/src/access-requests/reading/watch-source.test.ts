import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "@sallyport/api";
import { newRole } from "../../roles/index.ts";
import { indexKeysOf, requestKey } from "../storing/keys.ts";
import { requestWith } from "../testing/examples.ts";
import { openSmallCluster } from "../testing/small-cluster.ts";
import { accessRequestWatchSource as source } from "./watch-source.ts";

const wish = { kind: "access_request", subKind: "", name: "", version: "", loadSecrets: false, filter: {} };
const rule = { resources: ["access_request"], verbs: ["read"], where: "", actions: [] };
const cluster = await openSmallCluster({
  alice: { roles: [] },
  reader: { roles: [newRole("reader", { allow: { rules: [rule] } })] },
});

test("only the requests themselves are shown, not their index keys", () => {
  const request = requestWith({});
  assert.deepEqual(source.nameOf(requestKey(request.id)), { name: request.id, subKind: "", version: "v3" });
  for (const key of indexKeysOf(request)) assert.ok(!key.startsWith(source.prefix));
});

test("a watch needs the read rule, or a filter for one's own", () => {
  const alice = cluster.call("alice").caller;
  assert.ok(!source.mayWatch(alice, wish).allow);
  assert.ok(!source.mayWatch(alice, { ...wish, filter: { user: "bob" } }).allow);
  assert.ok(source.mayWatch(alice, { ...wish, filter: { user: "alice" } }).allow);
  assert.ok(source.mayWatch(cluster.call("reader").caller, wish).allow);
  assert.ok(source.mayRead(alice, requestWith({ user: "alice" }), wish));
  assert.ok(!source.mayRead(alice, requestWith({ user: "bob" }), wish));
});

test("a filter looks at id, user and state; another key is refused", () => {
  const request = requestWith({});
  const name = { name: request.id, subKind: "", version: "v3" };
  const pending = source.parseFilter({ ...wish, filter: { state: "PENDING" } });
  assert.ok(pending.matches(request, name));
  assert.ok(!pending.matches({ ...request, state: "APPROVED" }, name));
  assert.throws(
    () => source.parseFilter({ ...wish, filter: { roles: "dev" } }),
    (error) => error instanceof AppError && error.reason === "BAD_PARAMETER",
  );
});
