import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { clone, create } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import {
  AuthPreferenceV2Schema,
  type ClusterNetworkingConfigV2,
  ClusterNetworkingConfigV2Schema,
  RequireMFAType,
  SessionRecordingConfigV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { openAuditLog } from "../audit/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall, testNow } from "../rpc/testing/fake-call.ts";
import { AUDIT_PREFIX, type Backend } from "../storage/index.ts";
import { MemoryBackend } from "../storage/memory/memory-backend.ts";
import {
  applyConfigFile,
  type ClusterConfigs,
  clusterConfigRpcs,
  createClusterConfigs,
  ORIGIN_LABEL,
  olderConfigRpcs,
  settleClusterIdentity,
} from "./index.ts";

const clock = { now: () => testNow, after: () => () => {} };
const call = fakeCall(callerWho("user", "eve", []));
const MINUTE_NS = 60_000_000_000n;
const managed = { fromFile: true };
const unset = { fromFile: false };

let backend: Backend;
let cluster: ClusterConfigs;
let rpcs: ReturnType<typeof clusterConfigRpcs>;

async function open(stored: Backend): Promise<void> {
  backend = stored;
  const audit = openAuditLog({ backend, clock, clusterName: "one.example" });
  cluster = createClusterConfigs({ backend, audit }, { name: "one.example", id: "id-1" });
  rpcs = clusterConfigRpcs(cluster);
}

const settle = (parts: Record<string, object> = {}) =>
  applyConfigFile(cluster, { networking: unset, recording: unset, authentication: unset, ...parts } as never);

async function auditEvents(): Promise<readonly Record<string, unknown>[]> {
  const { items } = await backend.list({ prefix: AUDIT_PREFIX, limit: 100 });
  return items.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>);
}

const refused =
  (reason: Reason, words: RegExp = /./) =>
  (error: unknown) =>
    error instanceof AppError && error.reason === reason && words.test(error.message);

const changed = (change: (config: ClusterNetworkingConfigV2) => void, from: ClusterNetworkingConfigV2) => {
  const copy = clone(ClusterNetworkingConfigV2Schema, from);
  change(copy);
  return copy;
};

beforeEach(async () => {
  await open(new MemoryBackend({ clock }));
  await settle();
});

test("a new cluster has every configuration with its defaults, and says where they come from", async () => {
  for (const config of [cluster.networking, cluster.recording, cluster.authPreference]) {
    const stored = await config.get();
    assert.equal(stored.Metadata?.Name, config.kind.name);
    assert.equal(stored.Metadata?.Labels[ORIGIN_LABEL], "defaults");
    assert.notEqual(stored.Metadata?.Revision, "");
  }
  assert.equal((await cluster.networking.get()).Spec?.KeepAliveInterval, 5n * MINUTE_NS);
  assert.equal((await cluster.recording.get()).Spec?.Mode, "node");
  assert.equal((await cluster.authPreference.get()).Spec?.LockingMode, "best_effort");
});

test("an update goes by the revision that it carries", async () => {
  const before = await cluster.networking.get();
  const wanted = changed((config) => {
    config.Spec!.ClientIdleTimeout = MINUTE_NS;
  }, before);
  const update = (config: ClusterNetworkingConfigV2) =>
    rpcs.updateClusterNetworkingConfig.handle(
      { clusterNetworkConfig: config } as never,
      call,
    ) as Promise<ClusterNetworkingConfigV2>;
  const after = await update(wanted);
  assert.equal(after.Spec?.ClientIdleTimeout, MINUTE_NS);
  assert.equal(after.Metadata?.Labels[ORIGIN_LABEL], "dynamic");
  assert.notEqual(after.Metadata?.Revision, before.Metadata?.Revision);
  await assert.rejects(update(wanted), refused("COMPARE_FAILED"));
  assert.equal((await cluster.networking.get()).Metadata?.Revision, after.Metadata?.Revision);
});

test("an upsert ignores the revision, and a reset brings the defaults back", async () => {
  const wanted = changed(
    (config) => {
      config.Spec!.KeepAliveCountMax = 9n;
      config.Metadata!.Revision = "of-somebody-else";
    },
    await cluster.networking.get(),
  );
  await rpcs.upsertClusterNetworkingConfig.handle({ clusterNetworkConfig: wanted } as never, call);
  assert.equal((await cluster.networking.get()).Spec?.KeepAliveCountMax, 9n);
  await rpcs.resetClusterNetworkingConfig.handle({} as never, call);
  const reset = await cluster.networking.get();
  assert.deepEqual([reset.Spec?.KeepAliveCountMax, reset.Metadata?.Labels[ORIGIN_LABEL]], [3n, "defaults"]);
});

test("what a configuration is called is not the client's to say, who may send its spec alone", async () => {
  await settle();
  const sent = create(ClusterNetworkingConfigV2Schema, { Kind: "role", Version: "v9", Spec: {} });
  await cluster.networking.update(sent, call);
  const { Kind, Version, Metadata } = await cluster.networking.get();
  assert.deepEqual(
    [Kind, Version, Metadata?.Name, Metadata?.Namespace, Metadata?.Labels],
    [
      "cluster_networking_config",
      "v2",
      "cluster-networking-config",
      "default",
      { [ORIGIN_LABEL]: "dynamic" },
    ],
  );
});

test("the methods of older clients change the same configuration", async () => {
  const older = olderConfigRpcs(cluster);
  const wanted = clone(SessionRecordingConfigV2Schema, await cluster.recording.get());
  wanted.Spec!.Mode = "proxy";
  await older.setSessionRecordingConfig.handle(wanted, call);
  assert.equal((await cluster.recording.get()).Spec?.Mode, "proxy");
  await older.resetSessionRecordingConfig.handle({} as never, call);
  assert.equal((await cluster.recording.get()).Spec?.Mode, "node");
});

test("every change is in the audit log, in the commit of the change; a refused one leaves nothing", async () => {
  const commits: number[] = [];
  const stored = backend;
  const counted: Backend = {
    get: (path) => stored.get(path),
    list: (range) => stored.list(range),
    watch: (options) => stored.watch(options),
    close: () => stored.close(),
    commit: (changes) => {
      commits.push(changes.length);
      return stored.commit(changes);
    },
  };
  await open(counted);
  const config = await cluster.authPreference.get();
  await cluster.authPreference.update(clone(AuthPreferenceV2Schema, config), call);
  assert.deepEqual(commits, [2]);
  await assert.rejects(cluster.authPreference.update(clone(AuthPreferenceV2Schema, config), call));
  const [entry, ...more] = await auditEvents();
  assert.deepEqual([entry?.event, entry?.code, entry?.user], ["auth_preference.update", "TCAUTH001I", "eve"]);
  assert.deepEqual(more, []);
});

test("what the configuration file manages cannot be changed through the API, by any method", async () => {
  await settle({ recording: { ...managed, mode: "off", proxyChecksHostKeys: false } });
  const stored = await cluster.recording.get();
  assert.deepEqual([stored.Spec?.Mode, stored.Spec?.ProxyChecksHostKeys?.Value], ["off", false]);
  assert.equal(stored.Metadata?.Labels[ORIGIN_LABEL], "config-file");
  const wanted = () => clone(SessionRecordingConfigV2Schema, stored);
  const words = refused("BAD_PARAMETER", /configuration file/);
  await assert.rejects(cluster.recording.update(wanted(), call), words);
  await assert.rejects(cluster.recording.upsert(wanted(), call), words);
  await assert.rejects(cluster.recording.reset(call), words);
  assert.deepEqual(await auditEvents(), []);
});

test("a client cannot claim that a configuration is from the file", async () => {
  const wanted = clone(SessionRecordingConfigV2Schema, await cluster.recording.get());
  wanted.Metadata!.Labels[ORIGIN_LABEL] = "config-file";
  await cluster.recording.upsert(wanted, call);
  assert.equal((await cluster.recording.get()).Metadata?.Labels[ORIGIN_LABEL], "dynamic");
});

test("at the next start: the file wins, what it no longer names falls back, what was changed by hand stays", async () => {
  const byHand = changed(
    (config) => {
      config.Spec!.KeepAliveCountMax = 9n;
    },
    await cluster.networking.get(),
  );
  await cluster.networking.upsert(byHand, call);
  await settle({ recording: { ...managed, mode: "off", proxyChecksHostKeys: true } });
  assert.equal((await cluster.networking.get()).Spec?.KeepAliveCountMax, 9n);
  assert.equal((await cluster.recording.get()).Spec?.Mode, "off");
  await settle();
  assert.equal((await cluster.recording.get()).Spec?.Mode, "node");
});

test("what cannot be is refused with the words of what can", async () => {
  const recording = clone(SessionRecordingConfigV2Schema, await cluster.recording.get());
  recording.Spec!.Mode = "everywhere";
  await assert.rejects(cluster.recording.upsert(recording, call), refused("BAD_PARAMETER", /node-sync/));
  const preference = clone(AuthPreferenceV2Schema, await cluster.authPreference.get());
  preference.Spec!.LockingMode = "sometimes";
  await assert.rejects(cluster.authPreference.upsert(preference, call), refused("BAD_PARAMETER", /strict/));
  preference.Spec!.LockingMode = "strict";
  preference.Spec!.RequireMFAType = RequireMFAType.SESSION_AND_HARDWARE_KEY;
  await assert.rejects(
    cluster.authPreference.upsert(preference, call),
    refused("BAD_PARAMETER", /hardware keys are not attested/),
  );
  const negative = changed(
    (config) => {
      config.Spec!.ClientIdleTimeout = -1n;
    },
    await cluster.networking.get(),
  );
  await assert.rejects(
    cluster.networking.upsert(negative, call),
    refused("BAD_PARAMETER", /ClientIdleTimeout/),
  );
  const empty = changed(
    (config) => {
      config.Spec = undefined;
    },
    await cluster.networking.get(),
  );
  await assert.rejects(cluster.networking.upsert(empty, call), refused("BAD_PARAMETER", /spec/));
  await assert.rejects(
    async () => rpcs.updateAuthPreference.handle({} as never, call),
    refused("BAD_PARAMETER", /auth_preference/),
  );
});

test("the name and id of a cluster are chosen once", async () => {
  const fresh = new MemoryBackend({ clock });
  const first = await settleClusterIdentity(fresh, "one.example");
  const second = await settleClusterIdentity(fresh, "two.example");
  assert.deepEqual([first.name, first.renamed], ["one.example", false]);
  assert.deepEqual([second.name, second.id, second.renamed], ["one.example", first.id, true]);
});
