import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { clone } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { CertAuthorityV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { loadAuthority, openKeyring } from "./keyring.ts";
import { openAuthorityStore } from "./store.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "./testing/open-authority.ts";
import { createVerifyPeer } from "./verify-peer.ts";

const clock = new StoppedClock();
const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
let own: SmallAuthority;

beforeEach(async () => {
  own = await openAuthority(clock);
});

/** What a rotation does in one step: new keys are active, the old ones still trusted or not. */
async function rotate(keepOld: boolean): Promise<void> {
  const stored = clone(CertAuthorityV2Schema, await own.authorities.ensure("user"));
  const fresh = await (await openAuthority(clock)).authorities.ensure("user");
  const old = stored.Spec!.ActiveKeys;
  stored.Spec!.ActiveKeys = fresh.Spec!.ActiveKeys;
  stored.Spec!.AdditionalTrustedKeys = keepOld ? old : undefined;
  await own.authorities.of("user").update(stored);
}

async function accepted(der: Buffer): Promise<boolean> {
  return (await createVerifyPeer(own.keyring, clock, CLUSTER)([der], info)).ok;
}

test("the two authorities are made at the first opening and are the same at the next", async () => {
  const store = openAuthorityStore({ backend: own.backend, clock, clusterName: CLUSTER });
  const again = await openKeyring(own.backend, store, CLUSTER);
  assert.deepEqual(again.user.tlsCertificates, own.keyring.user.tlsCertificates);
  assert.deepEqual(again.host.sshKeys, own.keyring.host.sshKeys);
  assert.notDeepEqual(again.user.tlsCertificates, again.host.tlsCertificates);
});

test("two first uses at once make one authority", async () => {
  const [one, two] = await Promise.all([
    own.authorities.ensure("openssh"),
    own.authorities.ensure("openssh"),
  ]);
  const [first, second] = [one, two].map(({ Spec }) => Spec!.ActiveKeys!.SSH[0]!.PublicKey);
  assert.ok(Buffer.from(first!).equals(second!));
});

test("authorities that nobody asked for do not exist", async () => {
  assert.deepEqual(await own.authorities.list("db"), []);
  assert.equal(await own.authorities.get("saml_idp", CLUSTER), undefined);
});

test("a change of keys counts within the very write: new ones sign, old ones are trusted as long as they are listed", async () => {
  const before = await own.issue("user", { roles: ["dev"] });
  const heard: string[] = [];
  own.keyring.onChange(() => heard.push("change"));
  await rotate(true);
  const after = await own.issue("user", { roles: ["dev"] });
  assert.deepEqual(heard, ["change"]);
  assert.equal(own.keyring.user.trusted.length, 2);
  assert.deepEqual([await accepted(before), await accepted(after)], [true, true]);
  await rotate(false);
  assert.deepEqual([await accepted(before), await accepted(after)], [false, false]);
  assert.equal(await accepted(await own.issue("user", { roles: ["dev"] })), true);
});

test("what another cluster's authority of the same type says changes nothing here", async () => {
  const foreign = clone(CertAuthorityV2Schema, await own.authorities.ensure("user"));
  foreign.Metadata!.Name = "two.example";
  const before = own.keyring.user;
  await own.authorities.of("user").create(foreign);
  assert.equal(own.keyring.user, before);
});

test("an authority without keys is said to be so", async () => {
  const stored = clone(CertAuthorityV2Schema, await own.authorities.ensure("user"));
  stored.Spec!.ActiveKeys = undefined;
  assert.throws(
    () => loadAuthority(stored, own.authorities.custody),
    (error) =>
      error instanceof AppError && /user certificate authority has no active keys/.test(error.message),
  );
});
