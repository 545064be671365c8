import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  type ClusterAlert,
  ClusterAlertSchema,
  type GetClusterAlertsRequest,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { type Call, encodePage, type RpcPart, readTime, wholeAnswer, writeTime } from "../../rpc/index.ts";
import { checkAck, checkAlert } from "./check-alert.ts";
import { maySeeAlert, supersededNames, wantsAlert } from "./decide-alert.ts";
import type { AlertStore, StoredAlert } from "./store.ts";

type Methods =
  | "getClusterAlerts"
  | "upsertClusterAlert"
  | "createAlertAck"
  | "getAlertAcks"
  | "clearAlertAcks";

const KIND = "cluster_alert";
/** `tctl alerts create` promises this where it is told no `--ttl`, and leaves it to the server. */
const DEFAULT_LIFE_MS = 24 * 3_600_000;
const empty = () => create(EmptySchema);

export function alertRpcs(store: AlertStore): RpcPart<typeof AuthService, Methods> {
  return {
    getClusterAlerts: {
      access: { decidedBy: "alerts by their permit labels, or cluster_alert list+read" },
      handle: async (request, call) => {
        if (call.caller.roles.join() === "Nop")
          throw new AppError("ACCESS_DENIED", "access denied to alerts");
        const all = call.caller.permissions.check(KIND, ["list", "read"]).allow;
        const instead = "ask for one by its id, or for a higher severity";
        return encodePage(1, await wholeAnswer("alerts", instead, shownAlerts(store, request, call, all)));
      },
    },
    upsertClusterAlert: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async ({ Alert }, call) => {
        const alert = Alert ?? create(ClusterAlertSchema);
        checkAlert(alert);
        await store.putAlert(complete(alert, call.now));
        return empty();
      },
    },
    createAlertAck: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async (ack, call: Call) => {
        checkAck(ack);
        if ((readTime(ack.Expires) ?? 0) <= call.now) {
          throw new AppError("BAD_PARAMETER", "an acknowledgement needs an expiry in the future");
        }
        await store.createAck(ack);
        return empty();
      },
    },
    getAlertAcks: {
      access: { kind: KIND, verbs: ["list", "read"] },
      handle: async () =>
        encodePage(1, await wholeAnswer("acknowledgements", "clear some of them", encodedAcks(store))),
    },
    clearAlertAcks: {
      access: { kind: KIND, verbs: ["delete"] },
      handle: async ({ AlertID }) => {
        if (AlertID === "")
          throw new AppError("BAD_PARAMETER", "which alert? alert_id is empty; * clears all");
        await store.clearAcks(AlertID);
        return empty();
      },
    },
  };
}

/** What a client may leave out, as some do. */
function complete(alert: ClusterAlert, now: number): ClusterAlert {
  const { Header: header, Spec: spec } = alert;
  if (header?.Metadata === undefined || spec === undefined) return alert;
  header.Kind = KIND;
  header.Version = "v1";
  const createdAt = readTime(spec.Created) ?? now;
  spec.Created = writeTime(createdAt);
  header.Metadata.Expires = writeTime(readTime(header.Metadata.Expires) ?? createdAt + DEFAULT_LIFE_MS);
  return alert;
}

/** Only what somebody sees can take the place of what they would see else. */
async function* shownAlerts(
  store: AlertStore,
  request: GetClusterAlertsRequest,
  call: Call,
  mayList: boolean,
): AsyncGenerator<Uint8Array> {
  const seen = [];
  for await (const found of seenAlerts(store, request, call, mayList)) seen.push(found);
  const replaced = request.WithSuperseded ? new Set() : supersededNames(seen.map(({ alert }) => alert));
  for (const { alert, bytes } of seen) {
    if (!replaced.has(alert.Header?.Metadata?.Name)) yield bytes;
  }
}

async function* seenAlerts(
  store: AlertStore,
  request: GetClusterAlertsRequest,
  { caller }: Call,
  mayList: boolean,
): AsyncGenerator<StoredAlert> {
  const acked = new Set<string>();
  for await (const { ack } of store.acks()) acked.add(ack.AlertID);
  for await (const found of store.alerts()) {
    const { alert } = found;
    if (wantsAlert(alert, request, acked) && maySeeAlert(alert, caller, mayList, request.WithUntargeted)) {
      yield found;
    }
  }
}

async function* encodedAcks(store: AlertStore): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of store.acks()) yield bytes;
}
