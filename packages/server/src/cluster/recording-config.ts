import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type SessionRecordingConfigV2,
  SessionRecordingConfigV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { ConfigKind } from "./cluster-config.ts";

const modes = ["node", "proxy", "node-sync", "proxy-sync", "off"];

/** Where sessions are recorded. */
export const recordingConfig: ConfigKind<SessionRecordingConfigV2> = {
  desc: SessionRecordingConfigV2Schema,
  kind: "session_recording_config",
  name: "session-recording-config",
  event: "session_recording_config.update",
  code: "TCREC003I",
  defaults: () =>
    create(SessionRecordingConfigV2Schema, {
      Kind: "session_recording_config",
      Version: "v2",
      Metadata: { Name: "session-recording-config", Namespace: "default" },
      Spec: { Mode: "node", ProxyChecksHostKeys: { Value: true } },
    }),
  complete: (config: SessionRecordingConfigV2) => {
    const spec = config.Spec;
    if (spec === undefined) throw new AppError("BAD_PARAMETER", "session_recording_config needs a spec");
    if (spec.Mode === "") spec.Mode = "node";
    if (!modes.includes(spec.Mode)) {
      throw new AppError(
        "BAD_PARAMETER",
        `session_recording_config: mode is one of ${modes.join(", ")}, not "${spec.Mode}"`,
      );
    }
  },
};
