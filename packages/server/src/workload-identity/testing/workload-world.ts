import { execFileSync } from "node:child_process";
import { create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { isAppError, type Reason } from "@sallyport/api";
import { WorkloadIdentitySchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import { openAuditLog } from "../../audit/index.ts";
import { type AuthorityStore, createCaKeys, type Keyring, listAuthorities } from "../../authority/index.ts";
import {
  findEntry,
  type Inventory,
  openRevocationLists,
  type RevocationView,
} from "../../certificates/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newRole, permissionsOf, type Role } from "../../roles/index.ts";
import { type Caller, Encoded } from "../../rpc/index.ts";
import { fakeCall, fakeUser } from "../../rpc/testing/fake-call.ts";
import { type Backend, prefix } from "../../storage/index.ts";
import {
  createIdentityStore,
  createRevocationStore,
  type IssuingDeps,
  olderWorkloadRpcs,
  openX509RevocationFeed,
  workloadIdentityRpcs,
  workloadIssuanceRpcs,
  workloadRevocationRpcs,
} from "../index.ts";

export const HOUR = 3_600_000;

/** May read every workload identity, and have those of production. */
export const issuerRole: Role = newRole("issuer", {
  allow: {
    labelSelectors: { workload_identity: { env: ["prod"] } },
    rules: [{ resources: ["workload_identity"], verbs: ["list", "read"], where: "", actions: [] }],
  },
});

export type WorkloadWorld = Awaited<ReturnType<typeof openWorkloads>>;

/** The authorities of a cluster over storage in memory. */
interface OwnAuthority {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly authorities: AuthorityStore;
  readonly keyring: Keyring;
  readonly revocations: RevocationView;
  readonly inventory: Inventory;
}

export const CLUSTER = "one.example";

/** The three services over real authorities, inventory, lists and audit log; users and their labels are the test's. */
export async function openWorkloads(own: OwnAuthority) {
  const { backend, clock, authorities, keyring, revocations, inventory } = own;
  const clusterName = CLUSTER;
  const audit = openAuditLog({ backend, clock, clusterName });
  const listed = listAuthorities({ keyring, authorities, clusterName });
  const feed = await openX509RevocationFeed(backend, listed);
  const lists = openRevocationLists({ revocations, authorities: listed, clock, clusterName, further: feed });
  const roles: Role[] = [issuerRole];
  const auditChange = audit.change;
  const identities = createIdentityStore(backend);
  const issuing: IssuingDeps = {
    identities,
    clusterName,
    issuer: `https://${clusterName}/workload-identity`,
    rolesOf: async (names) => ({
      roles: roles.filter(({ name }) => names.includes(name)),
      missing: names.filter((name) => !roles.some((role) => role.name === name)),
    }),
    labelsOf: async () => ({ team: "core" }),
    caKeys: createCaKeys(authorities),
    inventory,
    auditChange,
  };
  const x509Revocations = createRevocationStore(backend);
  return {
    own,
    clock,
    roles,
    lists,
    issuing,
    resources: workloadIdentityRpcs({ identities, auditChange }),
    issuance: workloadIssuanceRpcs(issuing),
    older: olderWorkloadRpcs({ ...issuing, backend }),
    revoking: workloadRevocationRpcs({
      backend,
      revocations,
      auditChange,
      x509Revocations,
      clock,
      lists,
      feed,
    }),
    auditEvents: async () => {
      const { items } = await backend.list({ prefix: prefix("audit", "log"), limit: 100 });
      return items.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>);
    },
    inventory: async (id: string) => (await findEntry(own, id))?.certificate,
    call: (caller: Caller = asker(clock.now())) => fakeCall(caller, { now: clock.now() }),
  };
}

/** A bot with the role that may issue. */
export function asker(now: number, parts: Parameters<typeof fakeUser>[3] = {}, roles = [issuerRole]): Caller {
  const names = roles.map(({ name }) => name);
  const permissions = permissionsOf(roles, { name: "bot-ci", roles: names, traits: {} });
  const identity = { botName: "ci", botInstanceId: "i-1", expires: new Date(now + 48 * HOUR), ...parts };
  return { ...fakeUser("bot-ci", names, permissions, identity), traits: { team: ["core"] } };
}

export const identity = (
  name: string,
  spec: MessageInitShape<typeof WorkloadIdentitySchema>["spec"],
  labels: Record<string, string> = { env: "prod" },
) => create(WorkloadIdentitySchema, { metadata: { name, labels }, spec });

export const isReason = (reason: Reason, words: RegExp) => (error: unknown) =>
  isAppError(error, reason) && words.test(error.message);

/** The encoded answer of a page, as a client reads it. */
export function decode<D extends Parameters<typeof fromBinary>[0]>(desc: D, answer: unknown) {
  if (!(answer instanceof Encoded)) throw new TypeError("the answer is not encoded");
  return fromBinary(desc, answer.bytes);
}

/** A public key, PKIX, as openssl makes it. */
export function newPublicKey(...algorithm: string[]): Buffer {
  const asked = algorithm.length > 0 ? algorithm : ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const key = execFileSync("openssl", ["genpkey", "-algorithm", ...asked], { stdio: "pipe" });
  return execFileSync("openssl", ["pkey", "-pubout", "-outform", "DER"], { input: key, stdio: "pipe" });
}
