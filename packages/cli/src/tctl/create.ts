import {
  AppError,
  isAppError,
  type JsonPath,
  type KindName,
  type Position,
  type ResourceMessage,
} from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { type CheckedResource, checkDocuments } from "../documents/check-documents.ts";
import { describePlace } from "../documents/document.ts";
import { locate } from "../documents/locate.ts";
import { orderResources } from "../documents/order-resources.ts";
import { parseDocuments } from "../documents/parse-documents.ts";
import { readSource } from "../documents/read-source.ts";
import { warnOfMissingRoles } from "../documents/warn-of-missing-roles.ts";
import { actionsOf } from "../kinds/index.ts";
import { quoted } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly force?: boolean;
}

export const create = verb<Options>({
  path: ["create"],
  summary: "create resources from a file",
  details:
    "All documents are checked first, also for what exists already; then roles are created before users, and users " +
    "before the rest. If one fails all the same, what comes after it is left alone, and the same command with -f goes " +
    "on from there.",
  examples: [
    { line: "tctl create rscs.yaml", does: "the users and roles of a file" },
    { line: "tctl create -f rscs.yaml", does: "the same, replacing what is there" },
    { line: "tctl get roles | tctl create -f -", does: "from standard input" },
  ],
  takes: (command) =>
    command
      .argument("[file]", "YAML or JSON with one document or several; - is standard input")
      .option("-f, --force", "replace what exists"),
  run: async (tool, options, file?: string) => {
    const source = await readSource(tool, file);
    const checked = checkDocuments(parseDocuments(source.name, source.text));
    if (checked.length === 0) throw new AppError("BAD_PARAMETER", `${source.name} has no resource in it`);
    for (const one of checked) checkCreatable(one);
    const client = await tool.connect();
    const force = options.force === true;
    await checkAll(client, checked, force);
    await warnOfMissingRoles(client, tool.terminal, checked);
    await applyAll(client, tool.terminal, orderResources(checked), force);
  },
});

function checkCreatable(one: CheckedResource): void {
  const { kind } = one.resource;
  if (actionsOf[kind].upsert !== undefined) return;
  const instead = kind === "access_request" ? "; use: tctl requests create" : "";
  throw new AppError("BAD_PARAMETER", `${describePlace(one.document)}: ${kind} cannot be created${instead}`);
}

/**
 * What only the service can judge, such as the expressions of a role and what is there already, is asked before anything
 * is written. Who may not ask, and a service that has no such check, find out when it is written.
 */
async function checkAll(
  client: Client,
  resources: readonly CheckedResource[],
  replace: boolean,
): Promise<void> {
  const mistakes: AppError[] = [];
  if (resources.length === 1) return;
  for (const one of resources) {
    try {
      await client.accessExplain.checkResource({ resource: wireResource(one), replace });
    } catch (error) {
      if (isAppError(error, "NOT_IMPLEMENTED")) return;
      if (isAppError(error, "ACCESS_DENIED")) continue;
      const explained = explainFailure(one, error);
      if (!isAppError(explained, "BAD_PARAMETER") && !isAppError(explained, "ALREADY_EXISTS"))
        throw explained;
      mistakes.push(explained);
    }
  }
  const [first] = mistakes;
  if (first === undefined) return;
  const worst = mistakes.find(({ reason }) => reason === "BAD_PARAMETER") ?? first;
  const message = mistakes.map((mistake) => mistake.message).join("\n");
  throw new AppError(worst.reason, message, { cause: mistakes, details: worst.details });
}

/** The member of the request that is called as the kind is. */
function wireResource({ resource: { kind, message } }: CheckedResource) {
  const name = kind.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { case: name, value: message } as never;
}

async function applyAll(
  client: Client,
  terminal: Terminal,
  resources: readonly CheckedResource[],
  force: boolean,
): Promise<void> {
  for (const [index, one] of resources.entries()) {
    try {
      const done = await apply(client, one, force);
      terminal.print(`${describe(one)} has been ${done}\n`);
    } catch (error) {
      reportRest(terminal, resources.slice(index), index);
      throw explainFailure(one, error);
    }
  }
}

async function apply(client: Client, one: CheckedResource, force: boolean): Promise<string> {
  const { kind, message } = one.resource;
  const { create: createNew, upsert, get } = actionsOf[kind];
  if (!force && createNew !== undefined) {
    await createNew(client, message as never);
    return "created";
  }
  const stored = await found(get(client, one.name, { withSecrets: false }));
  if (!force && stored !== undefined && !isDefault(stored)) {
    throw new AppError("ALREADY_EXISTS", `${describe(one)} exists already`);
  }
  await upsert?.(client, message as never);
  return stored === undefined ? "created" : "updated";
}

async function found<Message>(answer: Promise<Message>): Promise<Message | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAppError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Configuration that nobody has set yet; it may be set without -f. */
function isDefault(message: ResourceMessage<KindName>): boolean {
  const labels = "Metadata" in message ? message.Metadata?.Labels : undefined;
  return labels?.["teleport.dev/origin"] === "defaults";
}

function describe({ resource, name }: CheckedResource): string {
  return `${resource.kind} ${quoted(name)}`;
}

function reportRest(terminal: Terminal, left: readonly CheckedResource[], done: number): void {
  if (done + left.length === 1) return;
  terminal.note(`${done} of ${done + left.length} applied; not applied: ${left.map(describe).join(", ")}`);
}

function explainFailure(one: CheckedResource, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const where = `${describePlace(one.document, placeOf(one, error))}: ${describe(one)}`;
  if (error.reason === "ALREADY_EXISTS") {
    const hint = "With -f it is replaced: tctl create -f …";
    return new AppError("ALREADY_EXISTS", `${where} exists already`, { cause: error, details: { hint } });
  }
  const said = error.message.replace(`${one.resource.kind} ${JSON.stringify(one.name)}: `, "");
  return new AppError(error.reason, `${where}: ${said}`, { cause: error, details: error.details });
}

/** Where the field stands that the service refuses; the number of the document says enough where it names none. */
function placeOf(one: CheckedResource, { details }: AppError): Position | undefined {
  return typeof details.field === "string" ? locate(one.document, parsePath(details.field)) : undefined;
}

/** `spec.allow.rules[0].where` in steps. */
function parsePath(field: string): JsonPath {
  return field.split(/[.[\]]+/).filter((step) => step !== "");
}
