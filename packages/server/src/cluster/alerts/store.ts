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
import { type Backend, type Change, type Key, key, prefix } from "../../storage/index.ts";
import { everyItem } from "../every-item.ts";

/**
 * Alerts and acknowledgements are few and short, and both go away by themselves when they expire. All of either fit into
 * one answer, which has no pages: somebody who may write them takes them from nobody.
 */
const MAX_STORED = 1000;
const MAX_BYTES = 4000;
const ALERTS = prefix("cluster_alerts", "alerts");
const ACKS = prefix("cluster_alerts", "acks");

export interface StoredAlert {
  readonly alert: ClusterAlert;
  readonly bytes: Uint8Array;
}

export interface AlertStore {
  alerts(): AsyncIterable<StoredAlert>;
  /** Throws LIMIT_EXCEEDED for one too many, and BAD_PARAMETER for what is too long. */
  putAlert(alert: ClusterAlert): Promise<void>;
  acks(): AsyncIterable<{ readonly ack: AlertAcknowledgement; readonly bytes: Uint8Array }>;
  /** Throws ALREADY_EXISTS while there is one of the same alert, and else as `putAlert`. */
  createAck(ack: AlertAcknowledgement): Promise<void>;
  /** One alert's acknowledgement, or all with `*`. */
  clearAcks(alertId: string): Promise<void>;
}

export function openAlertStore(backend: Backend): AlertStore {
  return {
    alerts: async function* () {
      for await (const { value } of everyItem(backend, ALERTS)) {
        yield { alert: fromBinary(ClusterAlertSchema, value), bytes: value };
      }
    },
    putAlert: async (alert) => {
      const metadata = alert.Header?.Metadata;
      if (metadata === undefined) throw new AppError("BAD_PARAMETER", "the alert needs metadata.name");
      const path = key("cluster_alerts", "alerts", metadata.Name);
      const value = short("alert", toBinary(ClusterAlertSchema, alert));
      if ((await backend.get(path)) === undefined) await refuseOneTooMany(backend, ALERTS, "alerts");
      await backend.commit([putOf(path, value, readTime(metadata.Expires), "any")]);
    },
    acks: async function* () {
      for await (const { value } of everyItem(backend, ACKS)) {
        yield { ack: fromBinary(AlertAcknowledgementSchema, value), bytes: value };
      }
    },
    createAck: async (ack) => {
      const path = key("cluster_alerts", "acks", ack.AlertID);
      const value = short("acknowledgement", toBinary(AlertAcknowledgementSchema, ack));
      if ((await backend.get(path)) === undefined) await refuseOneTooMany(backend, ACKS, "acknowledgements");
      const result = await backend.commit([putOf(path, value, readTime(ack.Expires), "absent")]);
      if (result.ok) return;
      throw new AppError(
        "ALREADY_EXISTS",
        `alert ${JSON.stringify(ack.AlertID)} has been acknowledged already`,
      );
    },
    clearAcks: async (alertId) => {
      const paths: Key[] = [];
      if (alertId !== "*") paths.push(key("cluster_alerts", "acks", alertId));
      else for await (const item of everyItem(backend, ACKS)) paths.push(item.key);
      if (paths.length === 0) return;
      await backend.commit(paths.map((path) => ({ op: "delete", key: path, condition: { is: "any" } })));
    },
  };
}

function short(noun: string, value: Uint8Array): Uint8Array {
  if (value.length <= MAX_BYTES) return value;
  const says = `the ${noun} has ${value.length} bytes, and ${MAX_BYTES} is the most: shorten its message`;
  throw new AppError("BAD_PARAMETER", says);
}

async function refuseOneTooMany(backend: Backend, below: Key, noun: string): Promise<void> {
  const { items } = await backend.list({ prefix: below, limit: MAX_STORED });
  if (items.length < MAX_STORED) return;
  throw new AppError("LIMIT_EXCEEDED", `there are ${MAX_STORED} ${noun} already; each goes when it expires`, {
    details: { hint: "Write again to one that is there, or give the next ones an earlier end." },
  });
}

const putOf = (
  path: Key,
  value: Uint8Array,
  expiresAt: number | undefined,
  is: "any" | "absent",
): Change => ({ op: "put", key: path, value, revision: newRevision(), expiresAt, condition: { is } });
