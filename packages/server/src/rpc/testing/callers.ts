import type { Caller, Verb } from "../caller.ts";

/** A caller who may do exactly what is listed, as `kind:verb`. */
export const callerWho = (
  kind: Caller["kind"],
  name: string,
  may: readonly string[],
  roles: string[] = [],
): Caller => ({
  kind,
  name,
  roles,
  traits: {},
  identity: undefined,
  permissions: {
    check: (resource: string, verbs: readonly Verb[]) =>
      verbs.every((verb) => may.includes(`${resource}:${verb}`))
        ? { allow: true, because: "the list of the test" }
        : { allow: false, explicit: false, because: `role "ops" has no rule for ${resource}` },
    mayEver: (resource: string, verbs: readonly Verb[]) =>
      verbs.every((verb) => may.includes(`${resource}:${verb}`)),
  },
});
