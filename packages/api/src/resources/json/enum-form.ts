import type { DescEnum, JsonValue } from "@bufbuild/protobuf";
import { nearestName } from "../../text/nearest-name.ts";
import { wordToBool } from "./bool-form.ts";
import { describeJson, JsonFormError, type JsonPath } from "./path.ts";

/** How an enum is written that official clients do not write as a number. */
interface EnumForm {
  /** Number → what is written; the first of several words for a number. */
  readonly words: Readonly<Record<number, string | boolean>>;
  /** Further words that are understood. */
  readonly also?: Readonly<Record<string, number>>;
}

const forms: Readonly<Record<string, EnumForm>> = {
  "types.RequireMFAType": {
    words: {
      0: false,
      1: true,
      2: "hardware_key",
      3: "hardware_key_touch",
      4: "hardware_key_pin",
      5: "hardware_key_touch_and_pin",
    },
    also: { session: 1 },
  },
  "types.CreateHostUserMode": {
    words: { 0: "", 1: "off", 2: "drop", 3: "keep", 4: "insecure-drop" },
    // The mode of number 2 is gone; whoever still writes its word means the one that took its place.
    also: { drop: 4 },
  },
  "types.CreateDatabaseUserMode": { words: { 0: "", 1: "off", 2: "keep", 3: "best_effort_drop" } },
  "types.CertExtensionType": { words: { 0: "ssh" } },
  "types.CertExtensionMode": { words: { 0: "extension" } },
  "types.SecondFactorType": { words: { 0: "", 1: "otp", 2: "webauthn", 3: "sso" } },
  "types.SignatureAlgorithmSuite": {
    words: { 0: "", 1: "legacy", 2: "balanced-v1", 3: "fips-v1", 4: "hsm-v1" },
  },
};

/** Official clients write services of the newer kind with the names of their enums, older messages with numbers. */
const usesNames = (desc: DescEnum) => desc.typeName.startsWith("teleport.");

export function writeEnum(desc: DescEnum, number: number): JsonValue {
  const word = forms[desc.typeName]?.words[number];
  if (word !== undefined) return word;
  if (!usesNames(desc)) return number;
  return desc.values.find((value) => value.number === number)?.name ?? number;
}

/** The number of an enum from its word, its name in the .proto (in any case, with or without its prefix) or itself. */
export function readEnum(desc: DescEnum, json: unknown, path: JsonPath): number {
  const known = wordsOf(desc);
  if (typeof json === "number") {
    if (desc.values.some((value) => value.number === json)) return json;
  } else if (typeof json === "string") {
    const found = known.get(json) ?? known.get(plain(json)) ?? known.get(String(wordToBool(json)));
    if (found !== undefined) return found;
  } else if (typeof json === "boolean") {
    const found = known.get(String(json)) ?? (json ? undefined : known.get("off"));
    if (found !== undefined) return found;
  } else {
    throw new JsonFormError(path, `must be one of ${listOf(desc)}, not ${describeJson(json)}`);
  }
  const nearest = typeof json === "string" ? nearestName(json, known.keys()) : undefined;
  throw new JsonFormError(path, `must be one of ${listOf(desc)}`, nearest);
}

const cache = new WeakMap<DescEnum, ReadonlyMap<string, number>>();

function wordsOf(desc: DescEnum): ReadonlyMap<string, number> {
  let words = cache.get(desc);
  if (words === undefined) {
    const form = forms[desc.typeName];
    words = new Map([
      ...desc.values.flatMap((value): [string, number][] => [
        [plain(value.name), value.number],
        [plain(value.name.slice(desc.sharedPrefix?.length ?? 0)), value.number],
      ]),
      ...Object.entries(form?.words ?? {}).map(([number, word]): [string, number] => [
        String(word),
        Number(number),
      ]),
      ...Object.entries(form?.also ?? {}),
    ]);
    cache.set(desc, words);
  }
  return words;
}

const plain = (name: string) => name.toLowerCase().replaceAll("-", "_");

function listOf(desc: DescEnum): string {
  const form = forms[desc.typeName];
  if (form !== undefined) {
    return Object.values(form.words)
      .filter((word) => word !== "")
      .join(", ");
  }
  return desc.values.map((value) => `${value.number} (${value.name})`).join(", ");
}
