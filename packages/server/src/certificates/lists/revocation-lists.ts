import type { ListAuthorities } from "./authorities.ts";
import { CrlKeeper, type FurtherRevocations } from "./crl-keeper.ts";
import { type KrlDeps, KrlKeeper } from "./krl-keeper.ts";

/** Everything that says what is revoked, to those who do not ask the API. */
export interface RevocationLists {
  readonly authorities: ListAuthorities;
  readonly krl: KrlKeeper;
  /** Lists that are fetched again and again. */
  readonly crl: CrlKeeper;
  /** Lists that are fetched by hand and kept for long, as GenerateCertAuthorityCRL gives them. */
  readonly longCrl: CrlKeeper;
}

const DAY_MS = 24 * 3_600_000;

export function openRevocationLists(
  deps: KrlDeps & { readonly further?: FurtherRevocations | undefined },
): RevocationLists {
  return {
    authorities: deps.authorities,
    krl: new KrlKeeper(deps),
    crl: new CrlKeeper(deps, 7 * DAY_MS),
    longCrl: new CrlKeeper(deps, 365 * DAY_MS),
  };
}
