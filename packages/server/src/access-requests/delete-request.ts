import { AppError } from "@sallyport/api";
import { takeTurns } from "../resources/index.ts";
import type { Call } from "../rpc/index.ts";
import { type AccessRequestDeps, rememberMs } from "./deps.ts";
import { requestDeleted } from "./events.ts";
import { end, loadRequest } from "./store.ts";
import { MAX_ATTEMPTS, requestNotFound } from "./storing/change-request.ts";

/** Takes a request away, in any state. Certificates that were issued for it stay valid: that is what locks are for. */
export async function deleteRequest(deps: AccessRequestDeps, id: string, call: Call): Promise<void> {
  await takeTurns(deps.backend, id, async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const request = await loadRequest(deps.backend, id);
      if (request === undefined) throw requestNotFound(id);
      // In every turn: the administrator may have lost the right while this waited for others.
      await call.reauthorize();
      const ending = { endedAt: call.now, how: "deleted", rememberMs: rememberMs(deps) } as const;
      const entry = deps.auditChange(requestDeleted(request, call));
      const { ok } = await deps.backend.commit([...end(request, ending), entry]);
      if (ok) return;
    }
    throw new AppError("COMPARE_FAILED", `access request "${id}" keeps changing; try again`);
  });
}
