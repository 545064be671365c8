import { SessionRecordingConfigV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** Where sessions are recorded. */
export const sessionRecordingConfigKind = defineKind({
  kind: "session_recording_config",
  plural: "session recording configurations",
  aliases: ["recording_config", "recording", "session_recording", "rec_config", "recconfig"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: SessionRecordingConfigV2Schema,
  singleton: "session-recording-config",
  header: (config) => config,
});
