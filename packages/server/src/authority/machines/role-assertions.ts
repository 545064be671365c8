import { AppError } from "@sallyport/api";
import type { SystemRoleAssertion } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { newRevision } from "../../kernel/ids.ts";
import type { Call } from "../../rpc/index.ts";
import { type Backend, key, prefix, segmentsOf } from "../../storage/index.ts";
import { serviceRoles } from "./decide-host-role.ts";
import { heldRoles, hostIdOf } from "./held-roles.ts";

const ROOM = "role_assertions";
const KEPT_MS = 5 * 60 * 1000;
const MAX_ID = 64;

interface AssertionDeps {
  readonly backend: Backend;
  readonly clusterName: string;
}

/** Keeps for some minutes that a host holds a role, as the certificate of this call shows. */
export async function assertSystemRole(
  { backend, clusterName }: AssertionDeps,
  { ServerID: hostId, AssertionID: id, SystemRole: role }: SystemRoleAssertion,
  { caller, now }: Call,
): Promise<void> {
  if (hostId === "" || id === "" || id.length > MAX_ID) {
    throw new AppError("BAD_PARAMETER", "an assertion names its host and has an id of at most 64 characters");
  }
  if (hostIdOf(caller, clusterName) !== hostId || !heldRoles(caller).has(role) || !serviceRoles.has(role)) {
    throw new AppError(
      "ACCESS_DENIED",
      "a host asserts the roles of its services that it holds, and no others",
    );
  }
  await backend.commit([
    {
      op: "put",
      key: key(ROOM, id, hostId, role),
      value: new Uint8Array(),
      revision: newRevision(),
      expiresAt: now + KEPT_MS,
      condition: { is: "any" },
    },
  ]);
}

/** The roles that a host asserted under an id. */
export async function assertedRoles(
  backend: Backend,
  id: string,
  hostId: string,
): Promise<ReadonlySet<string>> {
  if (id === "") return new Set();
  const { items } = await backend.list({ prefix: prefix(ROOM, id, hostId), limit: serviceRoles.size });
  return new Set(items.map((item) => segmentsOf(item.key).at(-1) ?? ""));
}
