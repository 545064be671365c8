import assert from "node:assert/strict";
import { request as httpsRequest } from "node:https";
import { before, test } from "node:test";
import { AppError, type Reason } from "@sallyport/api";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { createRefusalCounter, Pipeline, Refusals } from "../pipeline/index.ts";
import { callerWho } from "../testing/callers.ts";
import { makeTestCertificates, type TestCertificates } from "../transport/testing/certificates.ts";
import { type OpenTransport, openTransport } from "../transport/testing/open-transport.ts";
import { createJsonHandler } from "./json-handler.ts";
import type { JsonRoute } from "./route.ts";

let certificates: TestCertificates;
before(() => {
  certificates = makeTestCertificates();
});

const pipeline = new Pipeline({
  authenticate: ({ peer }) =>
    peer === undefined
      ? callerWho("anonymous", "", [])
      : callerWho("user", String(peer), peer === "alice" ? ["proxy:list"] : []),
  watchCaller: () => () => {},
  refusals: new Refusals({
    nameOf: ({ peer }) => peer as string | undefined,
    onRefusal: () => {},
    counter: createRefusalCounter(systemClock, silentLogger),
    clock: systemClock,
    logger: silentLogger,
  }),
  logger: silentLogger,
  clock: systemClock,
});

const routes: JsonRoute[] = [
  { method: "GET", pattern: "/v2/proxies", access: { kind: "proxy", verbs: ["list"] }, handle: () => [] },
  {
    method: "DELETE",
    pattern: "/v2/proxies/:name",
    access: { decidedBy: "the test" },
    handle: ({ params, query }) => ({ name: params.name, force: query.get("force") }),
  },
  {
    method: "POST",
    pattern: "/v2/echo",
    access: { anyone: true, why: "the test" },
    handle: ({ body }) => body(),
  },
  {
    method: "GET",
    pattern: "/v2/fail/:reason",
    access: { anyone: true, why: "the test" },
    handle: ({ params }) => {
      if (params.reason === "BUG") throw new Error("password=hunter2");
      throw new AppError(params.reason as Reason, "said so");
    },
  },
];

const open = () =>
  openTransport(certificates, [], {
    serveHttp: createJsonHandler(routes, { pipeline, maxBodyBytes: 1_000, maxAnonymousBodyBytes: 100 }),
  });

function ask(opened: OpenTransport, who: "alice" | "bob" | undefined, line: string, body?: string) {
  const [method, path] = line.split(" ");
  return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
    const request = httpsRequest(
      {
        host: "127.0.0.1",
        port: opened.port,
        method,
        path,
        agent: false,
        ca: certificates.ca,
        ...(who && certificates[who]),
      },
      async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode, body: JSON.parse(text) });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

test("a route answers JSON, with its parameters as opaque names", async () => {
  await using opened = await open();
  assert.deepEqual(await ask(opened, "alice", "GET /v2/proxies"), { status: 200, body: [] });
  assert.deepEqual(await ask(opened, "bob", "DELETE /v2/proxies/a%2F..%2Fb?force=yes"), {
    status: 200,
    body: { name: "a/../b", force: "yes" },
  });
  assert.deepEqual(await ask(opened, undefined, "POST /v2/echo", '{"a":[1]}'), {
    status: 200,
    body: { a: [1] },
  });
});

test("threat 13: the routes refuse whom the pipeline refuses", async () => {
  await using opened = await open();
  for (const [who, line] of [
    [undefined, "GET /v2/proxies"],
    ["bob", "GET /v2/proxies"],
    [undefined, "DELETE /v2/proxies/x"],
  ] as const) {
    const { status, body } = await ask(opened, who, line);
    assert.equal(status, 403, line);
    assert.match((body as { error: { message: string } }).error.message, /^access denied: /);
  }
});

test("errors have the statuses and the body that clients read", async () => {
  await using opened = await open();
  const expected: Record<string, number> = {
    NOT_FOUND: 404,
    BAD_PARAMETER: 400,
    NOT_IMPLEMENTED: 501,
    COMPARE_FAILED: 412,
    ACCESS_DENIED: 403,
    ALREADY_EXISTS: 409,
    LIMIT_EXCEEDED: 429,
    UNAVAILABLE: 504,
    CURSOR_TOO_OLD: 500,
  };
  for (const [reason, status] of Object.entries(expected)) {
    const reply = await ask(opened, "alice", `GET /v2/fail/${reason}`);
    assert.deepEqual(reply, { status, body: { error: { message: "said so" }, message: "said so" } }, reason);
  }
  const bug = await ask(opened, "alice", "GET /v2/fail/BUG");
  assert.equal(bug.status, 500);
  assert.doesNotMatch(JSON.stringify(bug.body), /hunter2/);
  for (const line of [
    "GET /v2/nothing",
    "GET /v2/proxies/",
    "PUT /v2/proxies",
    "GET /v2/fail/%ff",
    "GET //[",
  ]) {
    assert.equal((await ask(opened, "alice", line)).status, 404, line);
  }
});

test("threat 9: whoever shows no certificate sends less", async () => {
  await using opened = await open();
  const body = JSON.stringify("x".repeat(200));
  assert.equal((await ask(opened, "alice", "POST /v2/echo", body)).status, 200);
  assert.equal((await ask(opened, undefined, "POST /v2/echo", body)).status, 429);
});

test("threat 9: a body that is too long or no JSON is refused", async () => {
  await using opened = await open();
  assert.equal(
    (await ask(opened, undefined, "POST /v2/echo", JSON.stringify("x".repeat(2_000)))).status,
    429,
  );
  assert.equal((await ask(opened, undefined, "POST /v2/echo", "{")).status, 400);
});
