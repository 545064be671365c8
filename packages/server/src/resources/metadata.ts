import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Metadata } from "@sallyport/api/gen/teleport/legacy/types/types_pb";

/** The metadata of a legacy resource, as generated. */
export type ResourceMetadata = Metadata;

/** Go's zero time, which older and Go clients send for "not set" (MAP.md, pitfall 1). */
const GO_ZERO_SECONDS = -62135596800n;

interface WireTimestamp {
  readonly $typeName: "google.protobuf.Timestamp";
  readonly seconds: bigint;
  readonly nanos: number;
}

/** Milliseconds since 1970 of a wire timestamp; undefined for an absent one and for Go's zero time. */
export function instantOf(timestamp: WireTimestamp | undefined): number | undefined {
  return timestamp === undefined || timestamp.seconds <= GO_ZERO_SECONDS ? undefined : timestampMs(timestamp);
}

/** When a resource with this metadata expires. */
export function expiryOf(metadata: ResourceMetadata | undefined): number | undefined {
  return instantOf(metadata?.Expires);
}
