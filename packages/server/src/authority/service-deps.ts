import type { Clock } from "../kernel/clock.ts";
import type { Backend } from "../storage/index.ts";
import type { FindCaKeys } from "./ca-keys.ts";
import type { IssueDeps } from "./issue-user-certs.ts";
import type { AuthorityStore } from "./store.ts";

/** What issuing for services, and for users on their behalf, needs. */
export interface ServiceIssueDeps extends IssueDeps {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly authorities: AuthorityStore;
  readonly caKeys: FindCaKeys;
  /** PEM of the host authorities of another cluster; undefined where it is not trusted. Left out, none is. */
  hostCasOf?(cluster: string): readonly string[] | undefined;
}
