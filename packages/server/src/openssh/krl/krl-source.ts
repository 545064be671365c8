import { AppError } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { maxKrlBytes, verifyDetached } from "@sallyport/ssh";
import { type KrlSigners, krlNamespace } from "./signers.ts";

const FETCH_MS = 20_000;
const maxSignatureBytes = 64 * 1024;
const ATTEMPTS = 2;

/**
 * The list at a URL, with the signature at the same with `.sig`. How it got here does not matter, only who signed it.
 *
 * @throws AppError UNAVAILABLE where it could not be fetched, BAD_PARAMETER where it is not signed by one of them.
 */
export async function krlFromUrl(url: string, signers: KrlSigners): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    const [list, signature] = await Promise.all([
      download(url, maxKrlBytes),
      download(`${url}.sig`, maxSignatureBytes),
    ]);
    if (isSigned(list, signature, signers)) return list;
    // A list that was replaced between the two has another signature: once more, and not again.
    if (attempt === ATTEMPTS) {
      const words = `the list at ${url} is not signed by the authority of cluster ${signers.clusterName}`;
      throw new AppError("BAD_PARAMETER", words);
    }
  }
}

function isSigned(list: Uint8Array, signature: Uint8Array, { clusterName, keys }: KrlSigners): boolean {
  const trust = { namespace: krlNamespace(clusterName), keys };
  try {
    return verifyDetached(Buffer.from(signature).toString("utf8"), list, trust) !== undefined;
  } catch {
    // What cannot be read as a signature is none.
    return false;
  }
}

async function download(url: string, maxBytes: number): Promise<Uint8Array> {
  try {
    // A redirect could lead to a service of this host that answers nobody else (threat 11).
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(FETCH_MS) });
    if (response.status !== 200) throw new Error(`the answer is ${response.status}`);
    return await readAll(response, maxBytes);
  } catch (cause) {
    const { message, cause: deeper } = cause as Error;
    const words = deeper instanceof Error ? deeper.message : message;
    throw new AppError("UNAVAILABLE", `${url} could not be fetched: ${words}`, { cause });
  }
}

async function readAll(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The list of the auth service, over a connection on which both sides have proven who they are. */
export async function krlFromCluster(client: NodeClient): Promise<Uint8Array> {
  const { krl } = await client.certificateInventory.getKrl({ knownVersion: 0n });
  return krl;
}
