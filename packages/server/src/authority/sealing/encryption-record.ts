import { AppError } from "@sallyport/api";
import { z } from "zod";
import { newRevision } from "../../kernel/ids.ts";
import { type Backend, type Change, type Condition, key, type Revision } from "../../storage/index.ts";
import { wrappings } from "./key-source.ts";

const RECORD = key("ca_key_encryption", "current");

const shape = z.object({
  id: z.string().min(1),
  by: z.enum(wrappings),
  wrapped: z.string().min(1),
  salt: z.string().optional(),
  /** Sealed under the data key: tells whether what a command unwrapped is that key. */
  check: z.string().min(1),
  /** False until nothing is left on the disk of what was there before. */
  isPurged: z.boolean(),
});

/** How the CA keys of this cluster are encrypted; of secrets it has only the encrypted data key. */
export type EncryptionRecord = z.output<typeof shape>;

export interface StoredRecord {
  readonly record: EncryptionRecord;
  readonly revision: Revision;
}

export async function readRecord(backend: Backend): Promise<StoredRecord | undefined> {
  const item = await backend.get(RECORD);
  if (item === undefined) return undefined;
  const parsed = shape.safeParse(parseJson(item.value));
  if (parsed.success) return { record: parsed.data, revision: item.revision };
  throw new AppError("STORAGE_UNUSABLE", "how the CA keys are encrypted cannot be read from the database");
}

export const putRecord = (record: EncryptionRecord, over: StoredRecord | undefined): Change => ({
  op: "put",
  key: RECORD,
  value: Buffer.from(JSON.stringify(record)),
  revision: newRevision<Revision>(),
  condition: conditionOf(over),
});

export const deleteRecord = (stored: StoredRecord): Change => ({
  op: "delete",
  key: RECORD,
  condition: conditionOf(stored),
});

const conditionOf = (over: StoredRecord | undefined): Condition =>
  over === undefined ? { is: "absent" } : { is: "at", revision: over.revision };

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString("utf8"));
  } catch {
    return undefined;
  }
}
