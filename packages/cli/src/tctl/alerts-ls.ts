import { formatResource } from "@sallyport/api";
import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { clusterAlertActions } from "../kinds/cluster-alert.ts";
import { verb } from "./verb.ts";

export const alertsLs = verb<{ readonly format: Format }>({
  path: ["alerts", "ls"],
  aliases: ["list"],
  summary: "list cluster alerts",
  examples: [{ line: "tctl alerts ls", does: "what the people of the cluster are told" }],
  takes: (command) => command.addOption(formatOption()),
  run: async (tool, { format }) => {
    const client = await tool.connect();
    const { Alerts } = await client.auth.getClusterAlerts({ WithUntargeted: true });
    const values = Alerts.map((alert) => formatResource("cluster_alert", alert));
    printAnswer(tool.terminal, format, {
      values,
      table: () => clusterAlertActions.table(Alerts as never, tool.now()),
    });
  },
});
