import { type CertAuthorityV2, isAppError } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { countOldCertificates } from "./count-old-certificates.ts";

/** Lines that say what a rotation still has to wait for; none where nothing is being rotated. */
export async function describeOldCertificates(
  client: Client,
  authorities: readonly CertAuthorityV2[],
  now: number,
): Promise<string[]> {
  try {
    const counts = await countOldCertificates(client, authorities, now);
    return counts.map(({ type, count, isComplete }) => {
      const number = `${isComplete ? "" : "at least "}${count}`;
      return `${type}: ${number} good certificate${count === 1 ? "" : "s"} by keys that end with the rotation`;
    });
  } catch (error) {
    // Status is for everybody who may see the authorities, and for servers without an inventory.
    if (isAppError(error, "NOT_IMPLEMENTED") || isAppError(error, "ACCESS_DENIED")) {
      return [
        "what still uses the old keys cannot be told: the inventory of certificates is not open to you",
      ];
    }
    throw error;
  }
}
