import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type AlertAcknowledgement,
  AlertAcknowledgementSchema,
  type ClusterAlert,
  ClusterAlertSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newRevision } from "../../kernel/ids.ts";
import { readTime } from "../../rpc/index.ts";
import { type Backend, type Item, key, prefix } from "../../storage/index.ts";

/** Alerts and acknowledgements are few; both go away by themselves when they expire. */
const MAX_ALERTS = 1000;
const ALERTS = prefix("cluster_alerts", "alerts");
const ACKS = prefix("cluster_alerts", "acks");

export interface AlertStore {
  alerts(): Promise<ClusterAlert[]>;
  putAlert(alert: ClusterAlert): Promise<void>;
  acks(now: number): Promise<AlertAcknowledgement[]>;
  /** Throws ALREADY_EXISTS while there is one of the same alert. */
  createAck(ack: AlertAcknowledgement): Promise<void>;
  /** One alert's acknowledgement, or all with `*`. */
  clearAcks(alertId: string): Promise<void>;
}

export function openAlertStore(backend: Backend): AlertStore {
  const put = async (path: Item["key"], value: Uint8Array, expiresAt: number | undefined) => {
    await backend.commit([
      { op: "put", key: path, value, revision: newRevision(), expiresAt, condition: { is: "any" } },
    ]);
  };
  const acks = async () => {
    const page = await backend.list({ prefix: ACKS, limit: MAX_ALERTS });
    return page.items.map((item) => fromBinary(AlertAcknowledgementSchema, item.value));
  };
  return {
    alerts: async () => {
      const page = await backend.list({ prefix: ALERTS, limit: MAX_ALERTS });
      return page.items.map((item) => fromBinary(ClusterAlertSchema, item.value));
    },
    putAlert: async (alert) => {
      const metadata = alert.Header?.Metadata;
      if (metadata === undefined) throw new AppError("BAD_PARAMETER", "the alert needs metadata.name");
      await put(
        key("cluster_alerts", "alerts", metadata.Name),
        toBinary(ClusterAlertSchema, alert),
        readTime(metadata.Expires),
      );
    },
    acks,
    createAck: async (ack) => {
      const result = await backend.commit([
        {
          op: "put",
          key: key("cluster_alerts", "acks", ack.AlertID),
          value: toBinary(AlertAcknowledgementSchema, ack),
          revision: newRevision(),
          expiresAt: readTime(ack.Expires),
          condition: { is: "absent" },
        },
      ]);
      if (result.ok) return;
      throw new AppError(
        "ALREADY_EXISTS",
        `alert ${JSON.stringify(ack.AlertID)} has been acknowledged already`,
      );
    },
    clearAcks: async (alertId) => {
      const ids = alertId === "*" ? (await acks()).map((ack) => ack.AlertID) : [alertId];
      if (ids.length === 0) return;
      await backend.commit(
        ids.map((id) => ({ op: "delete", key: key("cluster_alerts", "acks", id), condition: { is: "any" } })),
      );
    },
  };
}
