import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "./client.ts";
import { FakeServer } from "./testing/fake-server.ts";

type Untyped = Record<"create" | "get" | "review" | "approve", (...args: unknown[]) => Promise<unknown>> &
  Record<"list", (...args: unknown[]) => AsyncIterator<unknown>>;

test("a program without types cannot ask for everything, or for letters, by mistake", async () => {
  const server = new FakeServer();
  const requests = createClient(server).accessRequests as unknown as Untyped;
  const cases: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
    [
      () => requests.list({ state: "pending" }).next(),
      /^the state "pending" is not known; did you mean "PENDING"\?$/,
    ],
    [
      () => requests.list({ scope: "mine" }).next(),
      /^the scope "mine" is not known; it is one of MY_REQUESTS, /,
    ],
    [
      () => requests.list({}, { sort: "USERS" }).next(),
      /^the order "USERS" is not known; did you mean "USER"\?$/,
    ],
    [() => requests.create({ user: "alice", roles: "prod" }), /^roles must be a list, such as \["prod"\]$/],
    [() => requests.get(), /^the id of the access request is missing$/],
    [() => requests.review("id", { state: "MAYBE" }), /^the state "MAYBE" is not known/],
    [() => requests.approve("id", { roles: "prod" }), /^roles must be a list/],
    [
      () => requests.create({ user: "alice", maxDurationAt: Date.parse("soon") }),
      /milliseconds since 1970, not NaN$/,
    ],
  ];
  for (const [act, message] of cases) {
    await assert.rejects(act(), { reason: "BAD_PARAMETER", message }, String(message));
  }
  assert.equal(server.calls.length, 0);
});
