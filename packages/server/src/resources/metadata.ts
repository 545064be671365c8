import type { Metadata } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { readTime } from "../rpc/wire-time.ts";

/** The metadata of a legacy resource, as generated. */
export type ResourceMetadata = Metadata;

/** When a resource with this metadata expires, in milliseconds since 1970. */
export function expiryOf(metadata: ResourceMetadata | undefined): number | undefined {
  return readTime(metadata?.Expires);
}
