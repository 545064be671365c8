import { AppError } from "@sallyport/api";
import type { AuditEntry } from "../../audit/index.ts";
import { takeTurns } from "../../resources/index.ts";
import type { AccessRequest } from "../access-request.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { loadRequest, replace, type StoredRequest } from "../store.ts";

export const MAX_ATTEMPTS = 7;

/** What a decision makes of a request, and the entry that records it. */
export interface RequestChange {
  readonly request: AccessRequest;
  readonly entry: AuditEntry;
}

/** Reads, decides and writes; decided anew on whatever somebody else wrote in the meantime. */
export async function changeRequest(
  deps: AccessRequestDeps,
  id: string,
  decide: (request: AccessRequest) => RequestChange | Promise<RequestChange>,
): Promise<StoredRequest> {
  return takeTurns(deps.backend, id, async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const before = await loadRequest(deps.backend, id);
      if (before === undefined) throw requestNotFound(id);
      const { request, entry } = await decide(before);
      const { changes, ...stored } = replace(before, request);
      const { ok } = await deps.backend.commit([...changes, deps.auditChange(entry)]);
      if (ok) return stored;
    }
    throw new AppError("COMPARE_FAILED", `access request "${id}" keeps changing; try again`);
  });
}

export function requestNotFound(id: string): AppError {
  return new AppError("NOT_FOUND", `access request ${JSON.stringify(id)} is not there`);
}
