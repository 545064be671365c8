import {
  type ProvisionTokenV2,
  ProvisionTokenV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { createResourceStore, type ResourceStore } from "../resources/index.ts";
import { type Backend, key, prefix } from "../storage/index.ts";

export type TokenStore = ResourceStore<ProvisionTokenV2>;

/** Join tokens: `/tokens/<name>/params`. They go away by themselves when they expire. */
export function createTokenStore(backend: Backend): TokenStore {
  return createResourceStore<ProvisionTokenV2>({
    backend,
    desc: ProvisionTokenV2Schema,
    noun: "token",
    prefix: prefix("tokens"),
    keyOf: (name) => key("tokens", name, "params"),
  });
}
