import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  GetAlertAcksResponseSchema,
  GetClusterAlertsResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  AlertAcknowledgementSchema,
  AlertSeverity,
  ClusterAlertSchema,
  GetClusterAlertsRequestSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { type Caller, type Encoded, writeTime } from "../../rpc/index.ts";
import { callerWho } from "../../rpc/testing/callers.ts";
import { fakeCall } from "../../rpc/testing/fake-call.ts";
import { openBackend } from "../../storage/index.ts";
import { alertRpcs, openAlertStore } from "./index.ts";

const HOUR = 3_600_000;
const admin = callerWho("user", "root", ["cluster_alert:list", "cluster_alert:read"]);
const nobody = callerWho("user", "nobody", []);
const tokenMaker = callerWho("user", "maker", ["token:create"]);

let clock: StoppedClock;
let rpcs: ReturnType<typeof alertRpcs>;

beforeEach(async () => {
  clock = new StoppedClock();
  rpcs = alertRpcs(openAlertStore(await openBackend({ kind: "memory", clock })));
});

const callBy = (caller: Caller) => fakeCall(caller, { now: clock.now() });

function put(name: string, Labels: Record<string, string> = {}, parts: object = {}) {
  const Alert = create(ClusterAlertSchema, {
    Header: { Kind: "cluster_alert", Metadata: { Name: name, Labels, ...parts } },
    Spec: { Message: `about ${name}`, Severity: AlertSeverity.MEDIUM },
  });
  return rpcs.upsertClusterAlert.handle({ Alert } as never, callBy(admin));
}

async function seen(caller: Caller, wish: object = {}): Promise<readonly (string | undefined)[]> {
  const request = create(GetClusterAlertsRequestSchema, wish);
  const answer = (await rpcs.getClusterAlerts.handle(request, callBy(caller))) as Encoded;
  return fromBinary(GetClusterAlertsResponseSchema, answer.bytes).Alerts.map(
    (alert) => alert.Header?.Metadata?.Name,
  );
}

const acknowledge = (AlertID: string, expiresAt = clock.now() + HOUR) =>
  rpcs.createAlertAck.handle(
    create(AlertAcknowledgementSchema, { AlertID, Reason: "known", Expires: writeTime(expiresAt) }),
    callBy(admin),
  );

const isBad = (error: unknown) => error instanceof AppError && error.reason === "BAD_PARAMETER";

test("an alert is shown to those whom its permit labels name, and untargeted ones to administrators who ask", async () => {
  await put("all", { "teleport.internal/alert-permit-all": "yes" });
  await put("verbs", { "teleport.internal/alert-verb-permit": "user:create|token:create" });
  await put("untargeted");
  assert.deepEqual(await seen(nobody), ["all"]);
  assert.deepEqual(await seen(nobody, { WithUntargeted: true }), ["all"]);
  assert.deepEqual(await seen(tokenMaker), ["all", "verbs"]);
  assert.deepEqual(await seen(admin), ["all"]);
  assert.deepEqual(await seen(admin, { WithUntargeted: true }), ["all", "untargeted", "verbs"]);
});

test("a permit label that names nothing lets nobody through", async () => {
  for (const [index, label] of ["", ":", "token:", ":create", "|", "yes"].entries()) {
    await put(`a${index}`, { "teleport.internal/alert-verb-permit": label });
  }
  await put("shouted", { "teleport.internal/alert-permit-all": "YES" });
  assert.deepEqual(await seen(tokenMaker), []);
});

test("filters narrow by id, labels and severity", async () => {
  const all = { "teleport.internal/alert-permit-all": "yes" };
  await put("a", { ...all, team: "x" });
  await put("b", all);
  assert.deepEqual(await seen(nobody, { AlertID: "b" }), ["b"]);
  assert.deepEqual(await seen(nobody, { Labels: { team: "x" } }), ["a"]);
  assert.deepEqual(await seen(nobody, { Severity: AlertSeverity.HIGH }), []);
});

test("an acknowledged alert is silent until the acknowledgement ends or is cleared", async () => {
  await put("a", { "teleport.internal/alert-permit-all": "yes" });
  await acknowledge("a");
  await assert.rejects(
    async () => acknowledge("a"),
    (error) => error instanceof AppError && error.reason === "ALREADY_EXISTS",
  );
  assert.deepEqual(await seen(nobody), []);
  assert.deepEqual(await seen(nobody, { WithAcknowledged: true }), ["a"]);
  clock.advance(HOUR);
  assert.deepEqual(await seen(nobody), ["a"]);
  await acknowledge("a");
  await rpcs.clearAlertAcks.handle({ AlertID: "b" } as never, callBy(admin));
  assert.deepEqual(await seen(nobody), [], "that of another alert was cleared");
  await rpcs.clearAlertAcks.handle({ AlertID: "a" } as never, callBy(admin));
  assert.deepEqual(await seen(nobody), ["a"]);
  await acknowledge("a");
  await rpcs.clearAlertAcks.handle({ AlertID: "*" } as never, callBy(admin));
  assert.deepEqual(await seen(nobody), ["a"]);
});

test("an alert goes away when it expires", async () => {
  const expires = { Expires: writeTime(clock.now() + HOUR) };
  await put("a", { "teleport.internal/alert-permit-all": "yes" }, expires);
  assert.deepEqual(await seen(nobody), ["a"]);
  clock.advance(HOUR);
  assert.deepEqual(await seen(nobody), []);
});

test("an alert that names no end, or Go's zero time, ends a day after it was made", async () => {
  const all = { "teleport.internal/alert-permit-all": "yes" };
  await put("a", all);
  await put("zero", all, { Expires: { seconds: -62135596800n, nanos: 0 } });
  clock.advance(24 * HOUR - 1);
  assert.deepEqual(await seen(nobody), ["a", "zero"]);
  clock.advance(1);
  assert.deepEqual(await seen(nobody), []);
});

test("what says nothing, or never ends, is refused", async () => {
  await assert.rejects(async () => rpcs.upsertClusterAlert.handle({} as never, callBy(admin)), isBad);
  await assert.rejects(async () => put(""), isBad);
  await assert.rejects(async () => acknowledge(""), isBad);
  await assert.rejects(async () => acknowledge("a", clock.now()), isBad);
  await assert.rejects(
    async () => rpcs.clearAlertAcks.handle({ AlertID: "" } as never, callBy(admin)),
    isBad,
  );
});

for (const [what, alert] of [
  ["a line break", { Spec: { Message: "all well\nfrom now on" } }],
  ["an escape sequence", { Spec: { Message: "\u001b[2Jall well" } }],
  ["one in a label", { Header: { Metadata: { Name: "a", Labels: { note: "\u009b2J" } } } }],
  ["an unknown severity", { Spec: { Message: "m", Severity: 77 as AlertSeverity } }],
  ["no header", { Header: undefined }],
] as const) {
  test(`an alert is refused for ${what}`, async () => {
    const Header = { Metadata: { Name: "a", Labels: {} } };
    const Alert = create(ClusterAlertSchema, { Header, Spec: { Message: "m" }, ...alert });
    await assert.rejects(
      async () => rpcs.upsertClusterAlert.handle({ Alert } as never, callBy(admin)),
      isBad,
    );
  });
}

test("an acknowledgement needs a reason, in one line", async () => {
  for (const Reason of ["", "known\nand more"]) {
    const ack = create(AlertAcknowledgementSchema, {
      AlertID: "a",
      Reason,
      Expires: writeTime(clock.now() + HOUR),
    });
    await assert.rejects(async () => rpcs.createAlertAck.handle(ack, callBy(admin)), isBad);
  }
});

test("a more severe alert takes the place of those that it names, for whoever sees it", async () => {
  const all = { "teleport.internal/alert-permit-all": "yes" };
  const above = { "teleport.internal/alert-supersedes": "old,other,equal" };
  await put("old", all);
  await put("equal", { ...all, ...above });
  await put("new", above);
  assert.deepEqual(await seen(nobody), ["equal", "old"]);
  const severe = { ...all, ...above };
  const Header = { Metadata: { Name: "new", Labels: severe } };
  const Spec = { Message: "m", Severity: AlertSeverity.HIGH };
  const Alert = create(ClusterAlertSchema, { Header, Spec });
  await rpcs.upsertClusterAlert.handle({ Alert } as never, callBy(admin));
  assert.deepEqual(await seen(nobody), ["new"]);
  assert.deepEqual(await seen(nobody, { WithSuperseded: true }), ["equal", "new", "old"]);
});

test("an alert says of what kind it is, whoever wrote it", async () => {
  const Header = { Metadata: { Name: "a", Labels: { "teleport.internal/alert-permit-all": "yes" } } };
  const Alert = create(ClusterAlertSchema, { Header, Spec: { Message: "m" } });
  await rpcs.upsertClusterAlert.handle({ Alert } as never, callBy(admin));
  const request = create(GetClusterAlertsRequestSchema);
  const { bytes } = (await rpcs.getClusterAlerts.handle(request, callBy(nobody))) as Encoded;
  const [found] = fromBinary(GetClusterAlertsResponseSchema, bytes).Alerts;
  assert.deepEqual([found?.Header?.Kind, found?.Header?.Version], ["cluster_alert", "v1"]);
});

test("threat 38: alerts are bounded in length and number, so all of them fit into one answer", async () => {
  const permit = { "teleport.internal/alert-permit-all": "yes" };
  await assert.rejects(async () => put("long", { ...permit, text: "x".repeat(4000) }), isBad);
  const text = "x".repeat(3700);
  for (let n = 0; n < 1000; n += 1) await put(`n-${n}`, { ...permit, text });
  await assert.rejects(
    async () => put("one-more", permit),
    (error) => error instanceof AppError && error.reason === "LIMIT_EXCEEDED",
  );
  await put("n-7", { ...permit, text, again: "yes" });
  assert.equal((await seen(nobody)).length, 1000);
});

test("threat 38: acknowledgements are bounded as well", async () => {
  const Reason = "x".repeat(3900);
  const ack = (AlertID: string, reason = Reason) =>
    rpcs.createAlertAck.handle(
      create(AlertAcknowledgementSchema, { AlertID, Reason: reason, Expires: writeTime(clock.now() + HOUR) }),
      callBy(admin),
    );
  await assert.rejects(async () => ack("long", "x".repeat(4000)), isBad);
  for (let n = 0; n < 1000; n += 1) await ack(`n-${n}`);
  await assert.rejects(
    async () => ack("one-more"),
    (error) => error instanceof AppError && error.reason === "LIMIT_EXCEEDED",
  );
  const answer = (await rpcs.getAlertAcks.handle({} as never, callBy(admin))) as Encoded;
  assert.equal(fromBinary(GetAlertAcksResponseSchema, answer.bytes).Acks.length, 1000);
});
