import type { Identity, Traits } from "@sallyport/api";
import { openAuditLog } from "../../audit/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import { builtinRolesOf, permissionsOf, type Role } from "../../roles/index.ts";
import type { Call, Caller } from "../../rpc/index.ts";
import { AUDIT_PREFIX, type Backend, openBackend } from "../../storage/index.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { HOUR, NOW } from "./examples.ts";

/** Time that stands still until it is set. */
export class StoppedClock implements Clock {
  #now = NOW;
  #waiting: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const waiting = { at: this.#now + ms, run };
    this.#waiting.push(waiting);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
    };
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.#now);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#now);
    for (const { run } of due) run();
  }
}

export interface SmallUser {
  readonly roles: readonly Role[];
  readonly traits?: Traits;
}

export interface SmallCluster {
  readonly deps: AccessRequestDeps;
  readonly clock: StoppedClock;
  readonly backend: Backend;
  /** A call by this user, or by the builtin Admin. */
  call(name: string, identity?: Partial<Identity>): Call;
  /** Audit entries so far, oldest first. */
  audit(): Promise<readonly Record<string, unknown>[]>;
}

/** People and roles around real storage and real rules; what is around access requests and not under test. */
export async function openSmallCluster(
  users: Readonly<Record<string, SmallUser>>,
  otherRoles: readonly Role[] = [],
): Promise<SmallCluster> {
  const clock = new StoppedClock();
  const backend = await openBackend({ kind: "memory", clock });
  const log = openAuditLog({ backend, clock, clusterName: "here" });
  const held = Object.values(users).flatMap(({ roles }) => roles);
  const roles = new Map([...held, ...otherRoles].map((role) => [role.name, role]));
  const deps: AccessRequestDeps = {
    backend,
    clock,
    clusterName: "here",
    users: {
      get: async (name) => {
        const user = users[name];
        return user && { name, roles: user.roles.map((role) => role.name), traits: user.traits ?? {} };
      },
    },
    roles: {
      get: async (name) => roles.get(name),
      all: async function* () {
        yield* roles.values();
      },
    },
    auditChange: (entry) => log.change(entry),
  };
  const call = (name: string, identity: Partial<Identity> = {}) =>
    callBy(callerOf(name, users[name], identity, clock), clock);
  return { deps, clock, backend, call, audit: () => readAudit(backend) };
}

function callerOf(
  name: string,
  user: SmallUser | undefined,
  identity: Partial<Identity>,
  clock: Clock,
): Caller {
  const isAdmin = name === "Admin";
  const roles = isAdmin ? builtinRolesOf("here")(["Admin"]) : (user?.roles ?? []);
  const names = isAdmin ? ["Admin"] : (user?.roles ?? []).map((role) => role.name);
  const traits = user?.traits ?? {};
  return {
    kind: isAdmin ? "system" : "user",
    name,
    roles: names,
    traits,
    identity: {
      impersonator: "",
      botName: "",
      botInstanceId: "",
      activeRequests: [],
      expires: new Date(clock.now() + 12 * HOUR),
      ...identity,
    } as Identity,
    permissions: permissionsOf(roles, { name, roles: names, traits }),
  };
}

function callBy(caller: Caller, clock: Clock): Call {
  return {
    caller,
    now: clock.now(),
    signal: new AbortController().signal,
    remoteAddress: "127.0.0.1:4711",
    clientVersion: "18.0.0",
    header: () => undefined,
    delegator: "",
    requestId: "test",
    reauthorize: async () => {},
  };
}

async function readAudit(backend: Backend): Promise<readonly Record<string, unknown>[]> {
  const { items } = await backend.list({ prefix: AUDIT_PREFIX, limit: 1000 });
  return items.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>);
}
