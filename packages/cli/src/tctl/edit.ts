import { AppError, formatResource, type Resource } from "@sallyport/api";
import { checkDocuments } from "../documents/check-documents.ts";
import { formatYamlDocument } from "../documents/format-documents.ts";
import { parseDocuments } from "../documents/parse-documents.ts";
import { actionsOf } from "../kinds/index.ts";
import { parseSingleReference } from "../kinds/parse-reference.ts";
import { suggestNames } from "../kinds/suggest-names.ts";
import { editText } from "../terminal/edit-text.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { quoted } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { verb } from "./verb.ts";

export const edit = verb({
  path: ["edit"],
  summary: "change a resource in an editor",
  details:
    "The editor is TELEPORT_EDITOR, VISUAL, EDITOR or vi. Nothing happens where the text stays as it is. If somebody " +
    "else changes the resource in the meantime, the change is refused.",
  examples: [
    { line: "tctl edit role/access-plugin", does: "one role" },
    {
      line: "EDITOR='code --wait' tctl edit cap",
      does: "the authentication preference, in an editor of your choice",
    },
  ],
  takes: (command) => command.argument("<kind/name>", "what to change"),
  run: async (tool, _options, reference = "") => {
    const { kind, name } = parseSingleReference(reference);
    const { get, update } = actionsOf[kind];
    if (update === undefined) throw new UsageError(`${kind} cannot be edited`);
    const client = await tool.connect();
    const before = await suggestNames(client, [{ kind, name }], () =>
      get(client, name, { withSecrets: false }),
    );
    const text = formatYamlDocument(formatResource(kind, before));
    await editText(text, tool.env, async (edited) => {
      if (edited.text === text) return tool.terminal.note("edit cancelled: nothing was changed");
      try {
        const changed = readEdited(edited.text, { kind, name });
        await update(client, changed.message as never);
      } catch (error) {
        throw explainFailure(tool.terminal, error, edited.path);
      }
      tool.terminal.print(`${kind} ${quoted(name)} has been updated\n`);
    });
  },
});

function readEdited(text: string, was: { readonly kind: string; readonly name: string }): Resource {
  const checked = checkDocuments(parseDocuments("the edited text", text));
  const [first, ...more] = checked;
  if (first === undefined || more.length > 0)
    throw new AppError("BAD_PARAMETER", "the text is to be one document");
  if (first.resource.kind === was.kind && first.name === was.name) return first.resource;
  throw new AppError("NOT_IMPLEMENTED", "kind and name stay as they are; to rename, create a new one");
}

function explainFailure(terminal: Terminal, error: unknown, path: string): unknown {
  const hint = `Your text is kept in ${path}.`;
  if (!(error instanceof AppError)) {
    terminal.note(hint);
    return error;
  }
  const changed = error.reason === "COMPARE_FAILED";
  const message = changed
    ? "somebody else changed it in the meantime; nothing was overwritten"
    : error.message;
  return new AppError(error.reason, message, { cause: error, details: { ...error.details, hint } });
}
