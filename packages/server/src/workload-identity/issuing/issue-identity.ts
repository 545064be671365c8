import { AppError } from "@sallyport/api";
import type { WorkloadAttrs } from "@sallyport/api/gen/teleport/workloadidentity/v1/attrs_pb";
import { matchesLabels } from "../../expressions/index.ts";
import type { Call } from "../../rpc/index.ts";
import { readIdentity } from "../identities/read-identity.ts";
import { isRefusal, orThrow } from "../refusal.ts";
import type { WorkloadIdentity } from "../workload-identity.ts";
import { findAsker } from "./asker.ts";
import type { SvidDecision } from "./decide-svid.ts";
import type { IssuingDeps } from "./issue-deps.ts";
import { decideFor, issueDecided, type SvidWish } from "./issue-svid.ts";

/** A credential for the identity of that name; says what refuses it. */
export async function issueNamed(
  deps: IssuingDeps,
  name: string,
  wish: SvidWish,
  sent: WorkloadAttrs | undefined,
  call: Call,
) {
  const asker = await findAsker(deps, sent, call);
  const identity = readIdentity(await deps.identities.read(name));
  const reach = asker.mayReach(identity);
  if (!reach.allow) {
    const what = `access denied to workload identity ${JSON.stringify(name)}`;
    const mend = "no role has workload_identity_labels that match it, or one denies them";
    throw new AppError("ACCESS_DENIED", `${what}: ${mend}`, { cause: reach.because });
  }
  const decision = orThrow(decideFor(deps, identity, asker, wish, call));
  return issueDecided(deps, identity, decision, { asker, wish }, call);
}

/** More in one call is likely a selector that is too wide. */
const MAX_ISSUED = 10;

/** A credential for each identity that is selected and possible; what is not is left out without a word. */
export async function issueSelected(
  deps: IssuingDeps,
  selectors: Readonly<Record<string, readonly string[]>>,
  wish: SvidWish,
  sent: WorkloadAttrs | undefined,
  call: Call,
) {
  const asker = await findAsker(deps, sent, call);
  const decided: { readonly identity: WorkloadIdentity; readonly decision: SvidDecision }[] = [];
  for await (const message of deps.identities.all()) {
    if (call.signal.aborted) throw new AppError("CANCELLED");
    const identity = readIdentity(message);
    if (!matchesLabels(selectors, identity.labels) || !asker.mayReach(identity).allow) continue;
    const decision = decideFor(deps, identity, asker, wish, call);
    if (isRefusal(decision)) continue;
    decided.push({ identity, decision });
    if (decided.length > MAX_ISSUED) {
      throw new AppError(
        "BAD_PARAMETER",
        `more than ${MAX_ISSUED} workload identities are selected; name more labels`,
      );
    }
  }
  const credentials = [];
  for (const { identity, decision } of decided) {
    credentials.push(await issueDecided(deps, identity, decision, { asker, wish }, call));
  }
  return credentials;
}
