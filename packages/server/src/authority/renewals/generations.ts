import { create } from "@bufbuild/protobuf";
import { AppError, type Identity } from "@sallyport/api";
import { LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuditEntry } from "../../audit/index.ts";
import { newRevision, newUuid } from "../../kernel/ids.ts";
import { acceptLock, createLockStore } from "../../locks/index.ts";
import { type Call, callerFields } from "../../rpc/index.ts";
import { type Backend, type Change, type Condition, key } from "../../storage/index.ts";
import { decideGeneration } from "./decide-generation.ts";

/** What the next renewable certificate of a bot says, and what is written down when it is counted. */
export interface Renewal {
  readonly instanceId: string;
  readonly generation: bigint;
  /** Holds only while nobody else renews. */
  readonly change: Change;
}

/** Counts the renewals of each instance of a bot. */
export interface Generations {
  /** The first certificate of a new instance. */
  first(user: string, certificateEndsAt: number): Renewal;
  /** The one after what was presented. Throws ACCESS_DENIED, and locks the bot, where that is not the latest. */
  next(presented: PresentedGeneration, certificateEndsAt: number, call: Call): Promise<Renewal>;
  /**
   * Writes down that it was counted: the last thing before the certificate is released, so that one which is held back
   * leaves the bot with a certificate that is still the latest. False where somebody else has renewed since `next`.
   */
  count(renewal: Renewal): Promise<boolean>;
}

type PresentedGeneration = Pick<Identity, "username" | "botInstanceId" | "generation">;

interface GenerationDeps {
  readonly backend: Backend;
  auditChange(entry: AuditEntry): Change;
}

const FIRST = 1n;
/** Longer than its certificate, so that the last moment to renew is not too late. */
const KEPT_AFTER_MS = 5 * 60 * 1000;

const keyOf = (user: string, instanceId: string) => key("bot_generations", user, instanceId);

export function createGenerations(deps: GenerationDeps): Generations {
  const { backend } = deps;
  return {
    first: (user, endsAt) => renewalOf(user, newUuid(), FIRST, endsAt, { is: "absent" }),
    next: async (presented, endsAt, call) => {
      const { username, botInstanceId } = presented;
      const item = botInstanceId === "" ? undefined : await backend.get(keyOf(username, botInstanceId));
      const stored = item && BigInt(Buffer.from(item.value).toString());
      const verdict = decideGeneration(presented.generation, stored);
      if (verdict.outcome === "lock") await lockOut(deps, username, call);
      if (verdict.outcome !== "renew" || item === undefined) {
        const cause = verdict.outcome === "renew" ? undefined : verdict.because;
        throw new AppError("ACCESS_DENIED", "this certificate cannot be renewed", { cause });
      }
      const condition = { is: "at", revision: item.revision } as const;
      return renewalOf(username, botInstanceId, verdict.generation, endsAt, condition);
    },
    count: async ({ change }) => (await backend.commit([change])).ok,
  };
}

function renewalOf(
  user: string,
  instanceId: string,
  generation: bigint,
  endsAt: number,
  condition: Condition,
): Renewal {
  return {
    instanceId,
    generation,
    change: {
      op: "put",
      key: keyOf(user, instanceId),
      value: Buffer.from(String(generation)),
      revision: newRevision(),
      expiresAt: endsAt + KEPT_AFTER_MS,
      condition,
    },
  };
}

/** Nobody is let in as this bot any more, the thief as little as the owner, until somebody has looked at it. */
async function lockOut({ backend, auditChange }: GenerationDeps, user: string, call: Call): Promise<void> {
  const wish = create(LockV2Schema, {
    Metadata: { Name: newUuid() },
    Spec: {
      Target: { User: user },
      Message: `The bot user "${user}" has been locked due to a certificate generation mismatch, which may mean that its certificate was stolen.`,
    },
  });
  const mismatch = { event: "cert.generation_mismatch", code: "TCB00W", ...callerFields(call) };
  // Nobody made it: it is the cluster's own.
  const lock = acceptLock(wish, "", call.now);
  await createLockStore(backend).create(lock, auditChange(mismatch));
}
