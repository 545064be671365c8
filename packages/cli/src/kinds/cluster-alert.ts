import { AppError } from "@sallyport/api";
import { kindActions } from "./kind-actions.ts";
import { showTimeLeft } from "./show-values.ts";

export const severities = { low: 0, medium: 5, high: 10 } as const;

export const clusterAlertActions = kindActions<"cluster_alert">({
  kind: "cluster_alert",
  list: async (client) => (await client.auth.getClusterAlerts({ WithUntargeted: true })).Alerts,
  get: async (client, name) => {
    const { Alerts } = await client.auth.getClusterAlerts({ AlertID: name, WithUntargeted: true });
    const alert = Alerts.find(({ Header }) => Header?.Metadata?.Name === name);
    if (alert !== undefined) return alert;
    throw new AppError("NOT_FOUND", `cluster alert ${JSON.stringify(name)} is not there`);
  },
  upsert: (client, Alert) => client.auth.upsertClusterAlert({ Alert }),
  table: (alerts, now) => ({
    headers: ["ID", "Severity", "Expires In", "Message"],
    rows: alerts.map(({ Header, Spec }) => [
      Header?.Metadata?.Name ?? "",
      Object.entries(severities).find(([, number]) => number === Spec?.Severity)?.[0] ?? "",
      showTimeLeft(Header?.Metadata?.Expires, now),
      Spec?.Message ?? "",
    ]),
    shrink: "Message",
  }),
});
