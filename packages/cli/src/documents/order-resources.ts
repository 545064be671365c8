import type { KindName } from "@sallyport/api";
import type { CheckedResource } from "./check-documents.ts";

/** What others refer to comes first: users name roles, and tokens, locks and the rest may name both. */
const first: readonly KindName[] = ["role", "user"];
/** A trusted cluster takes the authorities that were brought over, and names roles. */
const last: readonly KindName[] = ["trusted_cluster"];

/** The same resources so that each comes after those it may refer to; within a kind, in the order of the source. */
export function orderResources(resources: readonly CheckedResource[]): CheckedResource[] {
  const rank = ({ resource }: CheckedResource) => {
    if (last.includes(resource.kind)) return first.length + 1;
    const index = first.indexOf(resource.kind);
    return index === -1 ? first.length : index;
  };
  return resources.toSorted((a, b) => rank(a) - rank(b));
}
