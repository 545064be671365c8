import { isAppError } from "@sallyport/api";
import { parseMatcher } from "../../expressions/index.ts";
import type { Role, SpiffeCondition } from "../../roles/index.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { inNetworks } from "./in-networks.ts";

/** What a credential is to say, as far as roles decide it. */
export interface PathWish {
  readonly path: string;
  readonly dnsSans: readonly string[];
  readonly ipSans: readonly string[];
}

/**
 * Whether the `spiffe` conditions of roles allow a path with these names. A denial that has the path wins where it has
 * no names, or one of those asked for; then one single condition has to allow all of it.
 */
export function decidePath(roles: readonly Role[], wish: PathWish): { readonly allow: true } | Refusal {
  const because = `access denied to the SPIFFE ID path ${JSON.stringify(wish.path.slice(0, 200))} with these names`;
  for (const role of roles) {
    if (role.deny.spiffe.some((condition) => denies(condition, wish))) {
      return refuse("ACCESS_DENIED", `${because}: a role denies it`);
    }
  }
  for (const role of roles) {
    if (role.allow.spiffe.some((condition) => allows(condition, wish))) return { allow: true };
  }
  return refuse("ACCESS_DENIED", `${because}: no role allows it`);
}

function allows(condition: SpiffeCondition, { path, dnsSans, ipSans }: PathWish): boolean {
  return (
    matches(condition.path, path, false) &&
    dnsSans.every((name) => condition.dnsSans.some((pattern) => matches(pattern, name, false))) &&
    ipSans.every((address) => inNetworks(address, condition.ipSans))
  );
}

function denies(condition: SpiffeCondition, { path, dnsSans, ipSans }: PathWish): boolean {
  if (!matches(condition.path, path, true)) return false;
  const hasNames = condition.dnsSans.length > 0 || condition.ipSans.length > 0;
  return (
    !hasNames ||
    dnsSans.some((name) => condition.dnsSans.some((pattern) => matches(pattern, name, true))) ||
    ipSans.some((address) => inNetworks(address, condition.ipSans))
  );
}

/** A pattern that is broken counts against whoever asks. */
function matches(pattern: string, value: string, onFailure: boolean): boolean {
  try {
    return parseMatcher(pattern).matches(value);
  } catch (error) {
    if (isAppError(error)) return onFailure;
    throw error;
  }
}
