import type { Metadata as HeaderMetadata } from "@sallyport/api/gen/teleport/header/v1/metadata_pb";
import type { Metadata } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { readTime } from "../rpc/wire-time.ts";

/** The metadata of a legacy resource, as generated. */
export type ResourceMetadata = Metadata;

/** A message with the metadata of a resource, in the older form of the contract or in the newer one. */
export interface WithMetadata {
  Metadata?: ResourceMetadata | undefined;
  metadata?: HeaderMetadata | undefined;
}

/** When a resource with this metadata expires, in milliseconds since 1970. */
export function expiryOf(metadata: ResourceMetadata | undefined): number | undefined {
  return readTime(metadata?.Expires);
}

export const nameIn = ({ Metadata: older, metadata: newer }: WithMetadata): string =>
  older?.Name ?? newer?.name ?? "";

export const revisionIn = ({ Metadata: older, metadata: newer }: WithMetadata): string =>
  older?.Revision ?? newer?.revision ?? "";

export const expiryIn = ({ Metadata: older, metadata: newer }: WithMetadata): number | undefined =>
  readTime(older?.Expires ?? newer?.expires);

export function setRevision({ Metadata: older, metadata: newer }: WithMetadata, revision: string): void {
  if (older !== undefined) older.Revision = revision;
  if (newer !== undefined) newer.revision = revision;
}
