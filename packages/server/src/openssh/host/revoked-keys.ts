import { existsSync, readFileSync } from "node:fs";
import { AppError, isAppError } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { encodeKrl, type Krl, parseKrl } from "@sallyport/ssh";
import { krlFromCluster } from "../krl/krl-source.ts";

/**
 * The first list of a host: that of the cluster, or an empty one where it keeps none. A list that is there stays, since
 * it may name more than what would take its place.
 *
 * @returns undefined where the file that is there stays.
 * @throws AppError BAD_PARAMETER where the file that is there would make sshd refuse every key.
 */
export async function firstRevokedKeys(
  path: string,
  client: NodeClient | undefined,
  now: number,
): Promise<Uint8Array | undefined> {
  if (existsSync(path)) {
    readRevokedKeys(path);
    return undefined;
  }
  const krl = client === undefined ? undefined : await fetchKrl(client);
  return krl ?? encodeKrl({ version: 0n, generatedAt: now, comment: "nothing is revoked yet" });
}

/** The list of the cluster, read before it is believed; undefined where the service keeps none. */
async function fetchKrl(client: NodeClient): Promise<Uint8Array | undefined> {
  try {
    const krl = await krlFromCluster(client);
    parseKrl(krl);
    return krl;
  } catch (error) {
    if (isAppError(error, "NOT_IMPLEMENTED")) return undefined;
    throw error;
  }
}

/** The list in a file. */
function readRevokedKeys(path: string): Krl {
  try {
    return parseKrl(readFileSync(path));
  } catch (cause) {
    const words = `${path} is not a key revocation list that can be read, and sshd would refuse every key: ${(cause as Error).message}`;
    throw new AppError("BAD_PARAMETER", words, { cause });
  }
}
