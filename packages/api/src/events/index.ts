// Audit events: the messages of the contract and the flat JSON that the audit log stores and event handlers read.
export { eventFromJson, eventToJson, UNKNOWN_EVENT } from "./event-json.ts";
export { type EventCase, eventCases } from "./event-types.ts";
