import type { Inventory } from "../../certificates/index.ts";
import type { FindCaKeys } from "../ca-keys.ts";

/** What issuing for workloads needs. */
export interface SvidDeps {
  readonly caKeys: FindCaKeys;
  readonly inventory: Inventory;
}
