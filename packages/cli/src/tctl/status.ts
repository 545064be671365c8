import type { CertAuthorityV2 } from "@sallyport/api";
import { spkiPin } from "@sallyport/x509";
import { type DescribedKey, describeKeys } from "../credentials/describe-keys.ts";
import { authoritiesByType } from "../kinds/cert-authority.ts";
import { describeOldCertificates } from "../rotation/describe-old-certificates.ts";
import { plainText } from "../terminal/plain-text.ts";
import { formatTable } from "../terminal/table.ts";
import { verb } from "./verb.ts";

export const status = verb({
  path: ["status"],
  summary: "show the cluster and its certificate authorities",
  details: "While an authority is being rotated: also how many good certificates are still by its old keys.",
  examples: [{ line: "tctl status", does: "name, version, CA pins, and the keys of each authority" }],
  takes: () => undefined,
  run: async (tool) => {
    const client = await tool.connect();
    const [{ ClusterName, ServerVersion }, byType] = await Promise.all([
      client.ping(),
      authoritiesByType(client, { withSecrets: false }),
    ]);
    const isOwn = ({ Spec }: CertAuthorityV2) => Spec?.ClusterName === ClusterName;
    const own = [...byType.values()].flat().filter(isOwn);
    const notMade = [...byType].flatMap(([type, found]) => (found.some(isOwn) ? [] : [type]));
    const keys = own.flatMap(describeKeys);
    const pins = keys.filter((key) => key.authority === "host" && key.spki !== undefined);
    const lines = [
      `Cluster: ${plainText(ClusterName)}`,
      `Version: ${plainText(ServerVersion)}`,
      ...pins.map(
        ({ spki }, index) => `${index === 0 ? "CA pins:" : "        "} ${spkiPin(spki ?? new Uint8Array())}`,
      ),
    ];
    tool.terminal.print(`${lines.join("\n")}\n\n${formatTable(toTable(keys), tool.terminal.columns)}`);
    if (notMade.length > 0)
      tool.terminal.print(`\nnot made yet, each at its first use: ${notMade.join(", ")}\n`);
    const old = await describeOldCertificates(client, own, tool.now());
    if (old.length > 0) tool.terminal.print(`\n${old.join("\n")}\n`);
  },
});

/** An authority is named on the first of its rows. */
function toTable(keys: readonly DescribedKey[]) {
  const rows = keys.map((key, index) => {
    const isFirst = keys[index - 1]?.authority !== key.authority;
    const [authority, rotation] = isFirst ? [key.authority, key.rotation] : ["", ""];
    return [authority, rotation, key.protocol, key.status, key.algorithm, key.storage];
  });
  return { headers: ["authority", "rotation", "protocol", "status", "algorithm", "storage"], rows };
}
