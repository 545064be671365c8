import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FieldFact, MethodFact } from "./facts.ts";
import { readEnums, readFileNames, readMessages } from "./wire-text.ts";

/** Releases whose contract is on record, oldest first. */
export const eras = ["v4.3.0", "v4.4.0", "v5.0.0", "v8.0.0", "v12.0.0"] as const;

export type EraMessage = {
  readonly package: string;
  readonly file: string;
  fields: Map<number, FieldFact>;
  era: string;
};

/**
 * Names that changed while the shape on the wire did not: the package of 4.x, and messages that
 * a later release renamed. Numbers and types of the pairs are equal in the facts.
 */
export function currentName(type: string): string {
  return type
    .replace(/\bservices\./, "types.")
    .replace(/\btypes\.ResetPasswordToken((Spec|Secrets|SecretsSpec)?V3)\b/, "types.UserToken$1")
    .replace(/\btypes\.AccessRequestClaimMapping\b/, "types.ClaimMapping")
    .replace(/\bevents\.ResetPasswordTokenCreate\b/, "events.UserTokenCreate")
    .replace(/\bproto\.WatchKind\b/, "types.WatchKind")
    .replace(/\btypes\.Role(Spec)?V[345]\b/, "types.Role$1V6");
}

/** Field names that a newer era gave to another number of the same message. */
const renamedFields: Readonly<Record<string, string>> = {
  "types.ServerSpecV2#8": "KubernetesClusterNames",
};

/** Every message of every era under its current name; a field is as the newest era with it wrote it. */
export function readEraMessages(wireDir: string): Map<string, EraMessage> {
  const merged = new Map<string, EraMessage>();
  for (const era of eras) {
    for (const [oldName, message] of readMessages(join(wireDir, "eras", era, "messages.txt"))) {
      const name = currentName(oldName);
      const before = merged.get(name);
      const fields = before?.fields ?? new Map<number, FieldFact>();
      for (const field of message.fields)
        fields.set(field.n, eraField(name, field, fields.get(field.n), era));
      const pkg = packageOf(message.package);
      merged.set(name, {
        package: pkg,
        file: placeFile(pkg, message.file),
        fields,
        era: span(before?.era, era),
      });
    }
  }
  return merged;
}

function eraField(message: string, field: FieldFact, before: FieldFact | undefined, era: string): FieldFact {
  const name = renamedFields[`${message}#${field.n}`] ?? field.name;
  return { ...field, name, type: mapType(field.type), era: span(before?.era, era) };
}

function mapType(type: string): string {
  return type.replace(/[a-z][\w.]*\.\w+/, (name) => currentName(name));
}

function span(before: string | undefined, era: string): string {
  return before ? `${before.split("–")[0]}–${era}` : era;
}

function packageOf(pkg: string): string {
  return pkg === "services" ? "types" : pkg;
}

function placeFile(pkg: string, file: string): string {
  if (file.startsWith("teleport/")) return file;
  const homes: Record<string, string> = {
    types: "teleport/legacy/types/types.proto",
    proto: "teleport/legacy/client/proto/authservice.proto",
    events: "teleport/legacy/types/events/events.proto",
    webauthn: "teleport/legacy/types/webauthn/webauthn.proto",
    wrappers: "teleport/legacy/types/wrappers/wrappers.proto",
  };
  const home = homes[pkg];
  if (!home) throw new Error(`no file is known for package ${pkg} (${file})`);
  return home;
}

/** Enums of every era under their current name, with the file that holds them. */
export function readEraEnums(wireDir: string): Map<string, { file: string; values: Record<string, number> }> {
  const merged = new Map<string, { file: string; values: Record<string, number> }>();
  for (const era of eras) {
    const path = join(wireDir, "eras", era, "enums.txt");
    const files = readFileNames(path);
    for (const [oldName, values] of readEnums(path)) {
      const name = currentName(oldName);
      const pkg = name.split(".")[0] ?? "";
      merged.set(name, { file: placeFile(pkg, files.get(oldName) ?? ""), values });
    }
  }
  return merged;
}

/** Methods of the main service that older clients call and the current contract no longer has. */
export function readEraMethods(wireDir: string): MethodFact[] {
  const rows = readFileSync(join(wireDir, "AUTHSERVICE-UNION.tsv"), "utf8").trim().split("\n").slice(1);
  return rows.map((row) => eraMethod(row.split("\t"))).filter((method) => !method.era?.endsWith("–v18"));
}

function eraMethod([
  name = "",
  first = "",
  last = "",
  deprecated,
  request = "",
  response = "",
]: string[]): MethodFact {
  const plain = (type: string) => currentName(type.replace(/^stream /, ""));
  return {
    name,
    in: plain(request),
    out: plain(response),
    inStream: request.startsWith("stream "),
    outStream: response.startsWith("stream "),
    deprecated: deprecated === "yes",
    era: `${first}–${last}`,
  };
}
