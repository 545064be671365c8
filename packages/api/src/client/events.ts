import type { JsonObject } from "@bufbuild/protobuf";
import { type EventUnstructured, Order } from "#gen/teleport/auditlog/v1/auditlog_pb.js";
import { isAppError } from "../errors/index.ts";
import { type Backoff, type Pace, pauseMs } from "./pace.ts";
import { defaultPageSize, eachItem } from "./pages.ts";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";
import { instantOf, timestampOf } from "./wire-time.ts";

/** One entry of the audit log. */
export interface AuditEvent {
  /** For example `"access_request.create"`. */
  readonly type: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Place among the events of one session; else 0. */
  readonly index: number;
  /** The event as JSON, with the names of the wire: `event`, `code`, `time`, `user`, `cluster_name` … */
  readonly fields: JsonObject;
}

/** Which events. Times are instants in milliseconds since 1970. */
export interface AuditSearch {
  readonly fromAt: number;
  readonly toAt: number;
  /** Every type where it is left out. */
  readonly types?: readonly string[] | undefined;
  readonly order?: "ascending" | "descending" | undefined;
}

/** How to follow the audit log. */
export interface AuditTailOptions extends CallOptions {
  /** From when, in milliseconds since 1970; now where it is left out. */
  readonly fromAt?: number | undefined;
  readonly types?: readonly string[] | undefined;
  /** How often to look, in milliseconds; 2000 where it is left out. */
  readonly intervalMs?: number | undefined;
}

/** Clients and servers of this API use these numbers the other way round than the enum names them. */
const OLDEST_FIRST = Order.DESCENDING_UNSPECIFIED;
const NEWEST_FIRST = Order.ASCENDING;
const defaultIntervalMs = 2000;
/** How long after its time an event may turn up: clocks differ, and writes take a moment. */
const lateMs = 60_000;
const retryBackoff: Backoff = { firstMs: 100, maxMs: 5000 };

/** The audit log. */
export class AuditEvents {
  readonly #auditLog: Services["auditLog"];
  readonly #pace: Pace;

  constructor(services: Services, pace: Pace) {
    this.#auditLog = services.auditLog;
    this.#pace = pace;
  }

  /** Events of a time range, page after page, newest first unless asked otherwise. */
  search(
    query: AuditSearch,
    options: CallOptions & { readonly pageSize?: number | undefined } = {},
  ): AsyncGenerator<AuditEvent, void, undefined> {
    return eachItem(async (startKey, limit) => {
      const page = await this.#auditLog.getUnstructuredEvents(
        {
          namespace: "default",
          startDate: timestampOf(query.fromAt),
          endDate: timestampOf(query.toAt),
          eventTypes: [...(query.types ?? [])],
          order: query.order === "ascending" ? OLDEST_FIRST : NEWEST_FIRST,
          limit,
          startKey,
        },
        options,
      );
      return { items: page.items.map(readEvent), nextKey: page.lastKey };
    }, options.pageSize ?? defaultPageSize);
  }

  /**
   * Events as they are written, oldest first, each once, until the signal is aborted, which ends the loop without an
   * error. While the server is away it waits and goes on where it was. An event that turns up within a minute after
   * its time is not missed.
   */
  async *tail(options: AuditTailOptions = {}): AsyncGenerator<AuditEvent, void, undefined> {
    const startAt = options.fromAt ?? this.#pace.now();
    const seen = new Map<string, number>();
    let fromAt = startAt;
    let failures = 0;
    while (!options.signal?.aborted) {
      try {
        for await (const event of this.#lookFrom(fromAt, options)) {
          if (!seen.has(event.id)) {
            seen.set(event.id, event.at);
            yield event;
          }
        }
        failures = 0;
      } catch (error) {
        if (options.signal?.aborted) return;
        if (!isAppError(error, "UNAVAILABLE")) throw error;
        failures += 1;
      }
      fromAt = Math.max(startAt, forgetOld(seen));
      if (!(await this.#pause(failures, options))) return;
    }
  }

  #lookFrom(fromAt: number, options: AuditTailOptions) {
    const toAt = Math.max(fromAt, this.#pace.now()) + lateMs;
    return this.search({ fromAt, toAt, types: options.types, order: "ascending" }, options);
  }

  async #pause(failures: number, options: AuditTailOptions): Promise<boolean> {
    const interval = options.intervalMs ?? defaultIntervalMs;
    const ms = failures === 0 ? interval : pauseMs(retryBackoff, failures - 1, this.#pace.random());
    try {
      await this.#pace.wait(ms, options.signal);
      return true;
    } catch (error) {
      if (options.signal?.aborted) return false;
      throw error;
    }
  }
}

/** Forgets events that are too old to be read again, and says from when to read. */
function forgetOld(seen: Map<string, number>): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const at of seen.values()) newest = Math.max(newest, at);
  const fromAt = newest - lateMs;
  for (const [id, at] of seen) if (at < fromAt) seen.delete(id);
  return fromAt;
}

function readEvent(event: EventUnstructured): AuditEvent {
  return {
    type: event.type,
    id: event.id,
    at: instantOf(event.time) ?? 0,
    index: Number(event.index),
    fields: event.unstructured ?? {},
  };
}
