import { AppError } from "@sallyport/api/errors";
import type { Change } from "./backend.ts";

/** Far above any resource; a value this big is a mistake or an attack. */
const MAX_VALUE_BYTES = 32 * 1024 * 1024;

/** Printable ASCII, so that every backend orders keys alike. */
const KEY = /^(?:\/[ -.0-~]+)+$/;

/**
 * The changes as a backend keeps them: each with bytes of its own, so that a small value does not hold a big
 * buffer. Throws where a caller broke the contract.
 */
export function checkChanges(changes: readonly Change[]): readonly Change[] {
  const seen = new Set<string>();
  return changes.map((change) => {
    if (!KEY.test(change.key)) throw new AppError("INTERNAL", `${JSON.stringify(change.key)} is not a key`);
    if (seen.has(change.key)) throw new AppError("INTERNAL", `${change.key} is changed twice in one commit`);
    seen.add(change.key);
    return change.op === "put" ? checkPut(change) : change;
  });
}

function checkPut(change: Extract<Change, { op: "put" }>): Change {
  if (change.value.byteLength > MAX_VALUE_BYTES) {
    throw new AppError("LIMIT_EXCEEDED", `a stored value cannot be larger than ${MAX_VALUE_BYTES} bytes`);
  }
  if (change.expiresAt !== undefined && !Number.isSafeInteger(change.expiresAt)) {
    throw new AppError("INTERNAL", `${change.key}: ${change.expiresAt} is not an instant in milliseconds`);
  }
  const { value } = change;
  const exact = value.constructor === Uint8Array && value.byteLength === value.buffer.byteLength;
  return exact ? change : { ...change, value: new Uint8Array(value) };
}
