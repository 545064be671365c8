import { type Format, formatOption } from "../arguments/format-option.ts";
import { isEntryId } from "../certificates/certificate-entry.ts";
import { certificateFields, certificateValue } from "../certificates/show-certificate.ts";
import { served } from "../connection/served.ts";
import { formatJsonValue, formatYamlDocument } from "../documents/format-documents.ts";
import { formatFields } from "../terminal/table.ts";
import { verb } from "./verb.ts";

export const certsShow = verb<{ readonly format: Format }>({
  path: ["certs", "show"],
  aliases: ["get"],
  summary: "show all that is known of one certificate",
  examples: [
    { line: "tctl certs show 0193f5c86a7e7c3b", does: "by the id that certs ls shows" },
    {
      line: "tctl certs show 113895772061548602",
      does: "by the serial number that ssh-keygen -L or a log shows",
    },
    { line: "tctl certs show 01:93:F5:C8:6A:7E:7C:3B:D0:31:A4:55:0E:97:C2:18", does: "by that of X.509" },
  ],
  takes: (command) => command.argument("<id>", "id or serial number").addOption(formatOption()),
  run: async (tool, { format }, word = "") => {
    const client = await tool.connect();
    const asked = isEntryId(word) ? { id: word } : { serial: word };
    const answer = client.certificateInventory.getCertificate(asked);
    const entry = await served("the inventory of certificates", answer);
    const value = () => certificateValue(entry, tool.now());
    if (format === "text") tool.terminal.print(formatFields(certificateFields(entry, tool.now())));
    else tool.terminal.print(format === "json" ? formatJsonValue(value(), 4) : formatYamlDocument(value()));
  },
});
