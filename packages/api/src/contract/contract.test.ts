import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { DescEnum, DescField, DescFile, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { create, fromBinary, ScalarType, toBinary } from "@bufbuild/protobuf";
import { jsonNames } from "#gen/json-names.js";
import {
  AuthService,
  UserCertsRequestSchema,
  WatchSchema,
} from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { readMessages } from "../../../../tools/generate/wire-text.ts";

type Shape = { name: string; type: string; label: string; oneof: string };
type Fact = { n: number; name: string; type: string; repeated?: boolean; optional?: boolean; oneof?: string };
type EraFact = Fact & { era?: string; opts?: string };
type MethodFact = {
  name: string;
  in: string;
  out: string;
  inStream: boolean;
  outStream: boolean;
  era?: string;
};
type Enums = Record<string, Record<string, number>>;

/** What may be declared: by message and number, by service and method, by enum and value. */
type Expected = {
  readonly current: Map<string, Map<number, EraFact>>;
  readonly older: Map<string, Map<number, EraFact[]>>;
  readonly methods: Map<string, MethodFact[]>;
  readonly enums: Enums;
};

type Declared = { messages: Map<string, DescMessage>; enums: DescEnum[]; services: DescService[] };

const root = join(import.meta.dirname, "../../../..");
const gen = join(root, "packages/api/gen");
const factsPath = process.env.SALLYPORT_WIRE_FACTS ?? join(root, "../shared/wire/v18/facts.json");
const wireDir = join(factsPath, "../..");
const eraNames = ["v4.3.0", "v4.4.0", "v5.0.0", "v8.0.0", "v12.0.0"];

/** Every rename between an era and now that keeps the shape on the wire, written out to be reviewed. */
const renames: [RegExp, string][] = [
  [/\bservices\./g, "types."],
  [/\btypes\.ResetPasswordTokenV3\b/g, "types.UserTokenV3"],
  [/\btypes\.ResetPasswordTokenSpecV3\b/g, "types.UserTokenSpecV3"],
  [/\btypes\.AccessRequestClaimMapping\b/g, "types.ClaimMapping"],
  [/\bevents\.ResetPasswordTokenCreate\b/g, "events.UserTokenCreate"],
  [/\bproto\.WatchKind\b/g, "types.WatchKind"],
  [/\btypes\.RoleV[345]\b/g, "types.RoleV6"],
  [/\btypes\.RoleSpecV[345]\b/g, "types.RoleSpecV6"],
];

/** A field of one era whose name another number of the same message has now. */
const renamedFields = new Map([["types.ServerSpecV2.8", "KubernetesClusterNames"]]);

const today = (name: string) => renames.reduce((text, [from, to]) => text.replace(from, to), name);

function byNumber(fields: readonly EraFact[]): Map<number, EraFact> {
  return new Map(fields.map((field) => [field.n, field]));
}

function readFullFacts(): Expected {
  const raw = JSON.parse(readFileSync(factsPath, "utf8"));
  const current = new Map(Object.entries<EraFact[]>(raw.messages).map(([name, f]) => [name, byNumber(f)]));
  const methods = new Map(Object.entries<MethodFact[]>(raw.services));
  const old = readFileSync(join(wireDir, "AUTHSERVICE-UNION.tsv"), "utf8").trim().split("\n").slice(1);
  methods.set("proto.AuthService", [...(methods.get("proto.AuthService") ?? []), ...old.map(unionMethod)]);
  return { current, older: readOlder(), methods, enums: raw.enums };
}

function unionMethod(line: string): MethodFact {
  const [name = "", , last = "", , request = "", response = ""] = line.split("\t");
  const plain = (type: string) => today(type.replace("stream ", ""));
  return {
    name,
    in: plain(request),
    out: plain(response),
    inStream: request.startsWith("stream "),
    outStream: response.startsWith("stream "),
    era: last,
  };
}

function readOlder(): Map<string, Map<number, EraFact[]>> {
  const older = new Map<string, Map<number, EraFact[]>>();
  for (const era of eraNames) {
    for (const [name, { fields }] of readMessages(join(wireDir, "eras", era, "messages.txt"))) {
      const message = older.get(today(name)) ?? new Map<number, EraFact[]>();
      older.set(today(name), message);
      for (const fact of fields) {
        const named = { ...fact, name: renamedFields.get(`${today(name)}.${fact.n}`) ?? fact.name };
        message.set(fact.n, [...(message.get(fact.n) ?? []), { ...named, type: today(fact.type) }]);
      }
    }
  }
  return older;
}

function readReducedFacts(): Expected {
  const raw = JSON.parse(readFileSync(join(root, "tools/generate/facts/wire.json"), "utf8"));
  const current = new Map<string, Map<number, EraFact>>();
  const older = new Map<string, Map<number, EraFact[]>>();
  for (const [name, message] of Object.entries<{ era?: string; fields: EraFact[] }>(raw.messages)) {
    const isOld = (field: EraFact) => message.era !== undefined || field.era !== undefined;
    if (!message.era) current.set(name, byNumber(message.fields.filter((field) => !isOld(field))));
    older.set(name, new Map(message.fields.filter(isOld).map((field) => [field.n, [field]])));
  }
  const services = Object.entries<{ methods: MethodFact[] }>(raw.services);
  const enums = Object.entries<{ values: Record<string, number> }>(raw.enums);
  return {
    current,
    older,
    methods: new Map(services.map(([name, { methods }]) => [name, methods])),
    enums: Object.fromEntries(enums.map(([name, { values }]) => [name, values])),
  };
}

async function readDeclared(): Promise<Declared> {
  const declared: Declared = { messages: new Map(), enums: [], services: [] };
  const paths = readdirSync(gen, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("_pb.js"),
  );
  for (const path of paths) {
    const exports = Object.values(await import(join(gen, path))) as { kind?: string }[];
    const file = exports.find((value) => value.kind === "file") as DescFile;
    declared.services.push(...file.services);
    declared.enums.push(...file.enums);
    for (const message of file.messages) addMessage(declared, message);
  }
  return declared;
}

function addMessage(declared: Declared, message: DescMessage): void {
  declared.messages.set(message.typeName, message);
  declared.enums.push(...message.nestedEnums);
  for (const nested of message.nestedMessages) addMessage(declared, nested);
}

function typeName(field: DescField): string {
  if (field.fieldKind === "map") {
    const value =
      field.mapKind === "scalar"
        ? ScalarType[field.scalar].toLowerCase()
        : (field.message ?? field.enum)?.typeName;
    return `map<${ScalarType[field.mapKey].toLowerCase()},${value}>`;
  }
  if (field.message) return field.message.typeName;
  if (field.enum) return field.enum.typeName;
  return ScalarType[field.scalar as ScalarType].toLowerCase();
}

function shapeOf(field: DescField): Shape {
  const optional = field.oneof === undefined && field.proto.proto3Optional;
  const label = field.fieldKind === "list" ? "repeated" : optional ? "optional" : "";
  return { name: field.name, type: typeName(field), label, oneof: field.oneof?.name ?? "" };
}

function shapeOfFact(fact: Fact): Shape {
  const label = fact.repeated ? "repeated" : fact.optional ? "optional" : "";
  return { name: fact.name, type: fact.type, label, oneof: fact.oneof ?? "" };
}

const same = (a: Shape, b: Shape) => JSON.stringify(a) === JSON.stringify(b);

/** Where the declared fields of one message and the facts disagree, in words. */
function messageDifferences(message: DescMessage, expected: Expected, ours: ReadonlySet<string>): string[] {
  const current = expected.current.get(message.typeName);
  const older = expected.older.get(message.typeName) ?? new Map<number, EraFact[]>();
  if (!current && older.size === 0 && !expected.older.has(message.typeName)) {
    return [`${message.typeName} is not in the facts`];
  }
  const wrong = message.fields.flatMap((field) => {
    const at = `${message.typeName}.${field.name} = ${field.number}`;
    if (ours.has(at)) return [];
    const fact = current?.get(field.number);
    const candidates = fact ? [fact] : (older.get(field.number) ?? []);
    if (candidates.length === 0) return [`${at} is neither in the facts nor in an era nor in EXTENSIONS.md`];
    const known = candidates.some((candidate) => same(shapeOf(field), shapeOfFact(candidate)));
    return known
      ? []
      : [`${at} is ${JSON.stringify(shapeOf(field))}, not ${JSON.stringify(candidates.map(shapeOfFact))}`];
  });
  const numbers = new Set([...(current?.keys() ?? []), ...older.keys()]);
  for (const field of message.fields) numbers.delete(field.number);
  return [...wrong, ...[...numbers].map((n) => `${message.typeName} does not declare field ${n}`)];
}

function methodDifferences(method: DescMethod, expected: Expected): string[] {
  const service = method.parent.typeName;
  const fact = expected.methods.get(service)?.find((candidate) => candidate.name === method.name);
  if (!fact) return [`${service}/${method.name} is not in the facts`];
  const streams = { server_streaming: "0,1", client_streaming: "1,0", bidi_streaming: "1,1", unary: "0,0" };
  const declared = `${method.input.typeName} ${method.output.typeName} ${streams[method.methodKind]}`;
  const wanted = `${fact.in} ${fact.out} ${Number(fact.inStream)},${Number(fact.outStream)}`;
  return declared === wanted ? [] : [`${service}/${method.name} is ${declared}, not ${wanted}`];
}

function enumDifferences(desc: DescEnum, expected: Expected): string[] {
  const wanted = expected.enums[desc.typeName];
  if (!wanted) return [`${desc.typeName} is not in the facts`];
  const print = (values: [string, number][]) => values.sort(([a], [b]) => (a < b ? -1 : 1)).join(" ");
  const declared = print(desc.values.map((value) => [value.name, value.number]));
  return declared === print(Object.entries(wanted)) ? [] : [`${desc.typeName} has ${declared}`];
}

/** Rows of EXTENSIONS.md as `message.field = number`, with the type. */
function readExtensions(): Map<string, string> {
  const text = readFileSync(join(root, "packages/api/proto/EXTENSIONS.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([\w.]+)` \| `(\w+)` \| (\d+) \| `((?:repeated )?\w+)` \|/gm)];
  return new Map(
    rows.map(([, message, field, number, type]) => [`${message}.${field} = ${number}`, type ?? ""]),
  );
}

const isOurs = (name: string) => name.startsWith("sallyport.");

describe("the declared contract", () => {
  const full = existsSync(factsPath);
  let declared: Declared;
  let expected: Expected;
  const extensions = readExtensions();
  const ours = new Set(extensions.keys());

  before(async () => {
    declared = await readDeclared();
    expected = full ? readFullFacts() : readReducedFacts();
  });

  it("is held against the full wire facts, or says that they are not here", (t) => {
    const reason = `no ${factsPath} (SALLYPORT_WIRE_FACTS): held against the committed tools/generate/facts/wire.json`;
    t.diagnostic(full ? `held against ${factsPath} and eras/` : reason);
    assert.ok(declared.messages.size > 800, `${declared.messages.size} messages`);
    assert.ok(expected.current.size >= 800, `${expected.current.size} messages in the facts`);
  });

  it("declares every field of every message with its number, type, label and oneof, and no other", () => {
    const messages = [...declared.messages.values()].filter((message) => !isOurs(message.typeName));
    assert.deepEqual(
      messages.flatMap((message) => messageDifferences(message, expected, ours)),
      [],
    );
  });

  it("never meets another type from an older client under a number that is in use", () => {
    const wrong: string[] = [];
    for (const [name, message] of declared.messages) {
      for (const field of message.fields) {
        const label = shapeOf(field).label.replace("optional", "");
        const others = (expected.older.get(name)?.get(field.number) ?? []).filter(
          (fact) => fact.type !== typeName(field) || shapeOfFact(fact).label !== label,
        );
        if (others.length > 0) wrong.push(`${name}.${field.name} was ${others.map((fact) => fact.type)}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("declares methods with the types and streams of the facts", () => {
    const services = declared.services.filter((service) => !isOurs(service.typeName));
    const methods = services.flatMap((service) => service.methods);
    assert.ok(methods.length > 100);
    assert.deepEqual(
      methods.flatMap((method) => methodDifferences(method, expected)),
      [],
    );
  });

  it("declares enums with every value of the facts", () => {
    const enums = declared.enums.filter((desc) => !isOurs(desc.typeName));
    assert.deepEqual(
      enums.flatMap((desc) => enumDifferences(desc, expected)),
      [],
    );
  });

  it("has exactly the extension fields of EXTENSIONS.md, at 60000 to 60999", () => {
    const messages = [...declared.messages.values()].filter((message) => !isOurs(message.typeName));
    const high = messages.flatMap((m) =>
      m.fields.filter((f) => f.number >= 60000).map((f) => [m, f] as const),
    );
    const typeOf = (f: DescField) => `${f.fieldKind === "list" ? "repeated " : ""}${typeName(f)}`;
    const found = high.map(([m, f]) => [`${m.typeName}.${f.name} = ${f.number}`, typeOf(f)]);
    assert.deepEqual(found.sort(), [...extensions].sort());
    assert.ok(high.every(([, field]) => field.number <= 60999));
  });

  it("names every field in JSON as the facts do", () => {
    const wrong: string[] = [];
    for (const [name, fields] of expected.current) {
      if (!declared.messages.has(name)) continue;
      for (const [n, { opts }] of fields) {
        const tag = /(?:^| )json=(\S*)/.exec(opts ?? "")?.[1]?.split(",")[0];
        const entry = jsonNames[name]?.[n];
        const written = entry?.ignored ? "-" : entry?.name;
        if (tag && written !== tag) wrong.push(`${name} ${n}: ${written}, not ${tag}`);
        if (tag === "" && opts?.includes("embed") && !entry?.inline)
          wrong.push(`${name} ${n} is not inlined`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("would notice a wrong number, type, label or a missing field", () => {
    const message = declared.messages.get("types.AccessRequestFilter") as DescMessage;
    const truth = expected.current.get("types.AccessRequestFilter") as Map<number, EraFact>;
    const spoil = (n: number, change: Partial<EraFact> & { n?: number }) => {
      const spoilt = new Map(truth);
      const fact = { ...(truth.get(n) as EraFact), ...change };
      spoilt.delete(n);
      spoilt.set(fact.n, fact);
      return { ...expected, current: new Map([[message.typeName, spoilt]]) };
    };
    assert.deepEqual(messageDifferences(message, spoil(1, {}), ours), []);
    for (const [n, change] of [
      [1, { n: 99 }],
      [1, { type: "bytes" }],
      [4, { repeated: false }],
      [2, { oneof: "X" }],
    ] as const) {
      assert.notDeepEqual(messageDifferences(message, spoil(n, change), ours), [], JSON.stringify(change));
    }
  });
});

describe("older and newer clients", () => {
  it("a 2020 client's key arrives in field 1 of UserCertsRequest", () => {
    const bytes = Uint8Array.of(0x0a, 3, 1, 2, 3, 0x12, 1, 0x61);
    const request = fromBinary(UserCertsRequestSchema, bytes);
    assert.deepEqual([...request.PublicKey], [1, 2, 3]);
    assert.equal(request.Username, "a");
  });

  it("a field that a newer client sends survives a round trip", () => {
    const bytes = Uint8Array.of(0x12, 1, 0x61, 0xfa, 0x7f, 2, 0x68, 0x69);
    assert.deepEqual(toBinary(UserCertsRequestSchema, fromBinary(UserCertsRequestSchema, bytes)), bytes);
  });

  it("a cursor is an extension field that an older reader skips", () => {
    const bytes = toBinary(WatchSchema, create(WatchSchema, { sallyportCursor: "7" }));
    assert.deepEqual([...bytes], [0x82, 0xa6, 0x1d, 1, 0x37]);
  });

  it("calls of both eras are declared in one service", () => {
    const names = new Set(AuthService.methods.map((method) => method.name));
    for (const name of [
      "CreateAccessRequest",
      "CreateAccessRequestV2",
      "GetAccessRequests",
      "ListAccessRequests",
      "GetRoles",
    ]) {
      assert.ok(names.has(name), name);
    }
  });
});
