import type { Traits } from "@sallyport/api";
import type { Role } from "../../roles/index.ts";

/** Who asks, with the roles that are assigned to them: never roles that another request lent them. */
export interface Requester {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly traits: Traits;
  /** When the certificate that asks ends; undefined where somebody asks for another. */
  readonly identityExpiresAt: number | undefined;
}

/** The roles of the cluster, as far as a decision needs them. */
export interface RoleCatalogue {
  get(name: string): Role | undefined;
  /** Every role there is; only asked for by a wildcard and by capabilities. */
  names(): readonly string[];
}
