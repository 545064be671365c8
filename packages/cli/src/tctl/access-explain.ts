import { nearestName, resourceKinds } from "@sallyport/api";
import { type Format, formatOption } from "../arguments/format-option.ts";
import { formatJsonValue, formatYamlDocument } from "../documents/format-documents.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { exitCodes } from "../terminal/exit-code.ts";
import { plainText } from "../terminal/plain-text.ts";
import { formatTable } from "../terminal/table.ts";
import { verb } from "./verb.ts";

export const accessExplain = verb<{ readonly format: Format }>({
  path: ["access", "explain"],
  summary: "say which rule lets a user do something, or forbids it",
  details: "The answer comes from the decision that the auth service enforces. Exit code 1 where it is a no.",
  examples: [
    {
      line: "tctl access explain access-plugin list access_request",
      does: "may this user list access requests?",
    },
    {
      line: "tctl access explain alice update role/ops",
      does: "about one resource, so that conditions count",
    },
  ],
  takes: (command) =>
    command
      .argument("<user>", "who would do it")
      .argument("<verb>", "list, read, create, update, delete, …")
      .argument("<kind/name>", "KIND or KIND/NAME")
      .addOption(formatOption()),
  run: async (tool, { format }, user = "", verbName = "", reference = "") => {
    const client = await tool.connect();
    const { kind, name } = readTarget(reference);
    const answer = await suggestNames(client, [userNamed(user)], () =>
      client.accessExplain.explainAccess({ user, verb: verbName, kind, name }),
    );
    const value = {
      allowed: answer.allowed,
      role: answer.role,
      rule: answer.rule,
      because: answer.because,
      considered: answer.considered.map(({ role, rule, deny, matched, because }) => ({
        role,
        rule,
        deny,
        matched,
        because,
      })),
    };
    if (!answer.allowed) tool.terminal.exitCode = exitCodes.failure;
    if (format !== "text") {
      return tool.terminal.print(format === "json" ? formatJsonValue(value, 2) : formatYamlDocument(value));
    }
    const where = [value.role, value.rule].filter((part) => part !== "").join(": ");
    const verdict = `${value.allowed ? "yes" : "no"}: ${value.because}${where === "" ? "" : ` (${where})`}`;
    tool.terminal.print(`${plainText(verdict)}\n`);
    const near = value.allowed ? undefined : nearKind(kind);
    if (near !== undefined) tool.terminal.note(`did you mean the kind ${near}?`);
    if (value.considered.length === 0) return;
    const rows = value.considered.map((one) => [
      one.role,
      one.rule,
      one.deny ? "deny" : "allow",
      one.matched ? "yes" : "no",
      one.because,
    ]);
    const table = { headers: ["Role", "Rule", "Effect", "Matched", "Because"], rows };
    tool.terminal.print(`\n${formatTable(table, Number.POSITIVE_INFINITY)}`);
  },
});

/** A known kind that is nearly what was typed; undefined for a known one. */
function nearKind(kind: string): string | undefined {
  const known = resourceKinds.map((one) => one.kind);
  return known.some((one) => one === kind) ? undefined : nearestName(kind, known);
}

/** Rules may speak of kinds that are no documents here, so a word that is not known is passed on as it is. */
function readTarget(text: string): { readonly kind: string; readonly name: string } {
  const [word = "", ...name] = text.split("/");
  const known = resourceKinds.find(({ kind, aliases }) => [kind, ...aliases].some((one) => one === word));
  return { kind: known?.kind ?? word, name: name.join("/") };
}
