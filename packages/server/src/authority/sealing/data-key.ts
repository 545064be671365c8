import { randomBytes } from "node:crypto";
import { AppError } from "@sallyport/api";
import { newUuid } from "../../kernel/ids.ts";
import type { EncryptionRecord } from "./encryption-record.ts";
import { DATA_KEY_BYTES, type KeyPlace, type KeySealing, sealWith } from "./key-sealing.ts";
import { describeSource, type KeySource, wrappingOf } from "./key-source.ts";
import { unwrapDataKey, wrapDataKey, wrongKey } from "./wrap-data-key.ts";

/** A data key that is in use, and how it is stored. */
export interface OpenedKey {
  readonly sealing: KeySealing;
  readonly source: KeySource;
}

/** A new data key under a source. It was unwrapped again, so that nobody is locked out by a command that cannot. */
export async function newDataKey(
  source: KeySource,
  timeoutMs: number,
): Promise<{ readonly sealing: KeySealing; readonly record: EncryptionRecord }> {
  const [dataKey, id] = [randomBytes(DATA_KEY_BYTES), newUuid()];
  const wrapped = await wrapDataKey(source, dataKey, { id, timeoutMs });
  const again = await unwrapDataKey(source, wrapped, { id, timeoutMs });
  if (!again.equals(dataKey)) {
    throw new AppError("BAD_PARAMETER", `${describeSource(source)} does not unwrap what it has wrapped`);
  }
  const sealing = sealWith(dataKey);
  const check = Buffer.from(sealing.seal(Buffer.from(id), checkPlace(id))).toString("base64");
  return { sealing, record: { ...wrapped, id, by: wrappingOf(source), check, isPurged: false } };
}

/** The data key by the first source that it was encrypted under; throws what the last one said. */
export async function openDataKey(
  record: EncryptionRecord,
  [first, ...others]: readonly KeySource[],
  timeoutMs: number,
): Promise<OpenedKey> {
  if (first === undefined) throw new AppError("INTERNAL", "no source for the data key");
  try {
    const sealing = sealWith(await unwrapDataKey(first, record, { id: record.id, timeoutMs }));
    if (!fits(sealing, record)) throw wrongKey(first);
    return { sealing, source: first };
  } catch (error) {
    if (others.length === 0) throw error;
    return openDataKey(record, others, timeoutMs);
  }
}

function fits(sealing: KeySealing, { id, check }: EncryptionRecord): boolean {
  try {
    return Buffer.from(sealing.open(Buffer.from(check, "base64"), checkPlace(id))).toString() === id;
  } catch {
    return false;
  }
}

const checkPlace = (id: string): KeyPlace => ({
  type: "check",
  clusterName: "",
  use: "tls",
  publicHalf: Buffer.from(id),
});
