import { AppError, type Identity } from "@sallyport/api";
import { openAuditLog } from "../../audit/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { LockSubject } from "../../locks/index.ts";
import { type LockingMode, newRole, type Role } from "../../roles/index.ts";
import type { Caller } from "../../rpc/index.ts";
import { fakeSystem, fakeUser } from "../../rpc/testing/fake-call.ts";
import { prefix } from "../../storage/index.ts";
import type { IssueDeps } from "../issue-user-certs.ts";
import { createGenerations } from "../renewals/generations.ts";
import type { SignatureSuite } from "../signature-suite.ts";
import type { AuthorityStoreDeps } from "../store.ts";
import type { CertUser, GrantedRequest } from "../user-certs.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "./open-authority.ts";

const HOUR = 3_600_000;
const never = {
  check: () => ({ allow: false, explicit: false, because: "" }),
  mayEver: () => false,
} as const;
const withLogins = (name: string, logins: string[], ttlMs = 30 * HOUR) =>
  newRole(name, { options: { maxSessionTtlMs: ttlMs }, allow: { logins } });
const impersonates = (name: string, users: string[], roles: string[]) =>
  newRole(name, { allow: { logins: [name], impersonate: { users, roles, where: "" } } });

const roles: readonly Role[] = [
  withLogins("dev", ["ubuntu"]),
  withLogins("prod", ["root"], 2 * HOUR),
  withLogins("mute", []),
  newRole("travels", { allow: { logins: ["ubuntu"], labelSelectors: { cluster: { env: ["prod"] } } } }),
  newRole("by-trait", { allow: { logins: ["{{internal.logins}}"] } }),
  newRole("strict", { options: { lock: "strict" }, allow: { logins: ["s"] } }),
  impersonates("stand-in", ["bob"], ["dev"]),
  newRole("asks-roles", {
    allow: { logins: ["x"], impersonate: { users: [], roles: ["prod"], where: "" } },
  }),
];

export const person = (name: string, held: string[], isSso = false): CertUser => ({
  name,
  roles: held,
  traits: {},
  isSso,
});

/** Where keys of authorities are; in this process where it is left out. */
export type KeysIn = Pick<AuthorityStoreDeps, "custody" | "keysAreInToken">;

/** Real authorities and a real audit log; users, requests and locks are what the test says. */
export interface IssuingWorld {
  readonly own: SmallAuthority;
  deps: IssueDeps;
  users: Record<string, CertUser>;
  granted: Record<string, GrantedRequest>;
  locked: LockSubject | undefined;
  /** Whether the locks in force are unknown, and what the cluster wants then. */
  isStale: boolean;
  clusterMode: LockingMode;
  /** What a commit fails with, if it does. */
  broken: Error | undefined;
  auditEvents(): Promise<readonly Record<string, unknown>[]>;
}

export async function openIssuing(
  clock: Clock,
  suite?: SignatureSuite,
  keys?: KeysIn,
): Promise<IssuingWorld> {
  const own = await openAuthority(clock, CLUSTER, suite, keys);
  const audit = openAuditLog({ backend: own.backend, clock, clusterName: CLUSTER });
  const people = [person("alice", ["dev"]), person("bob", ["dev"]), person("carol", ["prod"])];
  const others = [person("sso", ["dev"], true), person("stranded", ["gone"])];
  const world: IssuingWorld = {
    own,
    users: Object.fromEntries([...people, ...others].map((user) => [user.name, user])),
    granted: {},
    locked: undefined,
    isStale: false,
    clusterMode: "best_effort",
    broken: undefined,
    deps: {
      ...depsOf(() => world),
      auditChange: audit.change,
      generations: createGenerations({ backend: own.backend, auditChange: audit.change }),
      keyring: own.keyring,
      inventory: {
        ...own.inventory,
        record: async (issue, ...changes) => {
          if (world.broken !== undefined) throw world.broken;
          await own.inventory.record(issue, ...changes);
        },
      },
    },
    auditEvents: async () => {
      const { items } = await own.backend.list({ prefix: prefix("audit", "log"), limit: 100 });
      return items.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>);
    },
  };
  return world;
}

function depsOf(
  world: () => IssuingWorld,
): Omit<IssueDeps, "auditChange" | "keyring" | "inventory" | "generations"> {
  return {
    clusterName: CLUSTER,
    userOf: async (name) => (Object.hasOwn(world().users, name) ? world().users[name] : undefined),
    rolesOf: async (names) => ({
      roles: names.flatMap((name) => roles.find((role) => role.name === name) ?? []),
      missing: names.filter((name) => !roles.some((role) => role.name === name)),
    }),
    grantsOf: async (ids) =>
      ids.map((id) => {
        const grant = world().granted[id];
        if (grant === undefined) throw new AppError("ACCESS_DENIED", `request ${id} cannot be used`);
        return grant;
      }),
    lockOn: (subjects, _, mode) => {
      const { isStale, locked } = world();
      if (isStale && mode === "strict") return "locks are not known";
      const hit = subjects.some(({ field, value }) => field === locked?.field && value === locked.value);
      return hit ? "a lock" : undefined;
    },
    lockingMode: async () => world().clusterMode,
    defaultTtlMs: async () => 12 * HOUR,
    requiresSessionMfa: async () => false,
    nonce: () => "n-1",
  };
}

export const callerNamed = (name: string, held: string[], now: number, own: Partial<Identity> = {}): Caller =>
  fakeUser(name, held, never, { expires: new Date(now + 6 * HOUR), ...own });

export const callingService = (role: string): Caller => fakeSystem(`id.${CLUSTER}`, [role], never);
