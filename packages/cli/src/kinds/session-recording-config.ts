import { kindActions } from "./kind-actions.ts";

export const sessionRecordingConfigActions = kindActions<"session_recording_config">({
  kind: "session_recording_config",
  list: async (client) => [await client.clusterConfig.getSessionRecordingConfig()],
  get: (client) => client.clusterConfig.getSessionRecordingConfig(),
  upsert: (client, config) =>
    client.clusterConfig.upsertSessionRecordingConfig({ sessionRecordingConfig: config }),
  update: (client, config) =>
    client.clusterConfig.updateSessionRecordingConfig({ sessionRecordingConfig: config }),
  remove: (client) => client.clusterConfig.resetSessionRecordingConfig(),
  table: (configs) => ({
    headers: ["Mode", "Proxy Checks Host Keys"],
    rows: configs.map(({ Spec }) => [Spec?.Mode ?? "", `${Spec?.ProxyChecksHostKeys?.Value ?? true}`]),
  }),
});
