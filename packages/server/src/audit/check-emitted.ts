import { eventCases } from "@sallyport/api";
import { findSecret } from "./find-secret.ts";

/** The largest event that a service may send, as JSON. */
const MAX_EVENT_BYTES = 64 * 1024;

/** The service that sends an event, by its certificate. */
export interface Emitter {
  readonly hostId: string;
  readonly isProxy: boolean;
}

/** Says why an event of a service cannot be kept; undefined where it can. */
export function refuseEmitted(json: Readonly<Record<string, unknown>>, emitter: Emitter): string | undefined {
  if (typeof json.event !== "string" || typeof json.code !== "string" || json.code === "") {
    return "the event has no type or no code";
  }
  if (!eventCases.has(json.event) || json.event === "unknown") return "the type of the event is not known";
  if (Buffer.byteLength(JSON.stringify(json)) > MAX_EVENT_BYTES) {
    return `the event is larger than ${MAX_EVENT_BYTES} bytes`;
  }
  const secret = findSecret(json);
  if (secret !== undefined) return `the event has a field ${secret}, which is a secret`;
  return refuseServer(json, emitter);
}

/** A service speaks for its own host; a proxy also for the hosts whose events it passes on. */
function refuseServer(json: Readonly<Record<string, unknown>>, emitter: Emitter): string | undefined {
  const { server_id: serverId, forwarded_by: forwardedBy } = json;
  if (typeof serverId !== "string" || serverId === "") return undefined;
  if (hostOf(serverId) === emitter.hostId) return undefined;
  if (emitter.isProxy && typeof forwardedBy === "string" && hostOf(forwardedBy) === emitter.hostId)
    return undefined;
  return "the event is in the name of another host";
}

/** Some services write their id with the name of the cluster behind it. */
const hostOf = (id: string) => id.split(".", 1)[0] ?? "";
