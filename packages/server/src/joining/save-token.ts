import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type ProvisionTokenSpecV2,
  type ProvisionTokenV2,
  ProvisionTokenV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuditEntry } from "../audit/index.ts";
import { newToken } from "../kernel/ids.ts";
import { expiryOf } from "../resources/index.ts";
import { auditTime, type Call, callerFields, writeTime } from "../rpc/index.ts";
import type { Change } from "../storage/index.ts";
import { checkJoinRules } from "./check-join-rules.ts";
import type { TokenStore } from "./store.ts";
import { canonicalRole, safeTokenName, validateToken } from "./validate-token.ts";

const FIVE_MINUTES_NS = 300_000_000_000n;

export interface TokenDeps {
  readonly tokens: TokenStore;
  auditChange(entry: AuditEntry): Change;
}

/** Checks a token, fills in what may be left out, and writes it with its audit event. */
export async function saveToken(
  deps: TokenDeps,
  sent: ProvisionTokenV2 | undefined,
  how: "create" | "upsert",
  call: Call,
): Promise<ProvisionTokenV2> {
  const token = acceptToken(sent, call.now);
  return deps.tokens[how](token, deps.auditChange(tokenCreated(token, call)));
}

/** What was sent, complete and checked. */
export function acceptToken(sent: ProvisionTokenV2 | undefined, now: number): ProvisionTokenV2 {
  if (sent?.Spec === undefined) throw new AppError("BAD_PARAMETER", "the token has no spec");
  sent.Kind = "token";
  sent.Version = "v2";
  complete(sent.Spec);
  validateToken(factsOf(sent), now);
  checkJoinRules(sent.Spec);
  return sent;
}

/** What may be left out, and roles by their own names however they were written. */
function complete(spec: ProvisionTokenSpecV2): void {
  spec.Roles = spec.Roles.map(canonicalRole);
  spec.JoinMethod ||= spec.Allow.length > 0 ? "ec2" : "token";
  if (spec.JoinMethod === "ec2") spec.AWSIIDTTL ||= FIVE_MINUTES_NS;
  if (spec.Kubernetes !== undefined) spec.Kubernetes.Type ||= "in_cluster";
}

/** A token with a random name, for clients that let the server choose it. */
export async function generateToken(
  deps: TokenDeps,
  wish: { readonly roles: readonly string[]; readonly ttlMs: number; readonly name: string },
  call: Call,
): Promise<string> {
  const name = wish.name === "" ? newToken() : wish.name;
  const token = create(ProvisionTokenV2Schema, {
    Metadata: { Name: name, Expires: writeTime(call.now + wish.ttlMs) },
    Spec: { Roles: [...wish.roles] },
  });
  await saveToken(deps, token, "create", call);
  return name;
}

function factsOf({ Metadata, Spec }: ProvisionTokenV2) {
  return {
    name: Metadata?.Name ?? "",
    roles: Spec?.Roles ?? [],
    joinMethod: Spec?.JoinMethod ?? "",
    botName: Spec?.BotName ?? "",
    hasRules: (Spec?.Allow.length ?? 0) > 0,
    expiresAt: expiryOf(Metadata),
  };
}

function tokenCreated(token: ProvisionTokenV2, call: Call): AuditEntry {
  const { name, roles, joinMethod, expiresAt } = factsOf(token);
  return {
    event: "join_token.create",
    code: "TJT00I",
    ...callerFields(call),
    name: safeTokenName(name, joinMethod),
    roles,
    join_method: joinMethod,
    expires: auditTime(expiresAt),
    updated_by: call.caller.name,
  };
}
