import { emptyIdentity, type Identity } from "@sallyport/api";
import type { Caller, Permissions } from "../caller.ts";
import type { Call } from "../table.ts";

export const testNow = Date.UTC(2026, 0, 1);

/** A call as a handler sees it, without a connection. */
export function fakeCall(caller: Caller, parts: Partial<Call> = {}): Call {
  return {
    caller,
    now: testNow,
    signal: new AbortController().signal,
    remoteAddress: "127.0.0.1:50000",
    clientVersion: "18.0.0",
    header: () => undefined,
    delegator: "",
    requestId: "request-1",
    reauthorize: async () => {},
    ...parts,
  };
}

export function fakeUser(
  name: string,
  roles: readonly string[],
  permissions: Permissions,
  identity: Partial<Identity> = {},
): Caller {
  return {
    kind: "user",
    name,
    roles,
    traits: {},
    identity: { ...emptyIdentity(name), roles, ...identity },
    permissions,
  };
}

export function fakeSystem(name: string, roles: readonly string[], permissions: Permissions): Caller {
  return { ...fakeUser(name, roles, permissions), kind: "system" };
}
