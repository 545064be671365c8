import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  GetAlertAcksResponseSchema,
  GetClusterAlertsResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { type Call, type RpcPart, readTime, writeTime } from "../../rpc/index.ts";
import { maySeeAlert, wantsAlert } from "./decide-alert.ts";
import type { AlertStore } from "./store.ts";

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
        const acked = new Set((await store.acks(call.now)).map((ack) => ack.AlertID));
        const alerts = (await store.alerts()).filter(
          (alert) =>
            wantsAlert(alert, request, acked) && maySeeAlert(alert, call.caller, all, request.WithUntargeted),
        );
        return create(GetClusterAlertsResponseSchema, { Alerts: alerts });
      },
    },
    upsertClusterAlert: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async ({ Alert }, call) => {
        const spec = Alert?.Spec;
        if (Alert?.Header === undefined || spec === undefined) {
          throw new AppError("BAD_PARAMETER", "the alert needs a header and a spec");
        }
        if (spec.Message.trim() === "") throw new AppError("BAD_PARAMETER", "the alert has no message");
        const createdAt = readTime(spec.Created) ?? call.now;
        spec.Created = writeTime(createdAt);
        const metadata = Alert.Header.Metadata;
        if (metadata !== undefined) {
          metadata.Expires = writeTime(readTime(metadata.Expires) ?? createdAt + DEFAULT_LIFE_MS);
        }
        await store.putAlert(Alert);
        return empty();
      },
    },
    createAlertAck: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async (ack, call: Call) => {
        if (ack.AlertID === "") throw new AppError("BAD_PARAMETER", "which alert? alert_id is empty");
        if ((readTime(ack.Expires) ?? 0) <= call.now) {
          throw new AppError("BAD_PARAMETER", "an acknowledgement needs an expiry in the future");
        }
        await store.createAck(ack);
        return empty();
      },
    },
    getAlertAcks: {
      access: { kind: KIND, verbs: ["list", "read"] },
      handle: async (_, call) => create(GetAlertAcksResponseSchema, { Acks: await store.acks(call.now) }),
    },
    clearAlertAcks: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async ({ AlertID }) => {
        if (AlertID === "")
          throw new AppError("BAD_PARAMETER", "which alert? alert_id is empty; * clears all");
        await store.clearAcks(AlertID);
        return empty();
      },
    },
  };
}
