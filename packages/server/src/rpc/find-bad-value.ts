import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import {
  type Duration,
  DurationSchema,
  StructSchema,
  type Timestamp,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";

/** From the year 1 to the end of 9999, as protobuf's own text on Timestamp has it; Go's decoder fails beyond that. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;
/** Ten thousand years, as protobuf's own text on Duration has it. */
const LONGEST_SECONDS = 315_576_000_000n;
const NANOS = 1_000_000_000;

/** Answers with the path of the first field whose value nobody could write as JSON; undefined where all are in order. */
type Search = (message: Readonly<Record<string, unknown>>) => string | undefined;

const searches = new Map<DescMessage, Search | undefined>();

/**
 * How to find a time that is no time, or a number that is none, in messages of this type; undefined where they hold
 * no times and no plain JSON. A resource with one, once stored, could not be read by any Go client, and neither could
 * the list that it stands in.
 */
export function searchOfBadValues(desc: DescMessage): Search | undefined {
  if (!searches.has(desc)) searches.set(desc, holdsValues(desc, new Set()) ? compile(desc) : undefined);
  return searches.get(desc);
}

/** Throws BAD_PARAMETER with the path of the first such value. */
export function refuseBadValues(desc: DescMessage, message: Message): void {
  const bad = searchOfBadValues(desc)?.(message as unknown as Readonly<Record<string, unknown>>);
  if (bad === undefined) return;
  throw new AppError(
    "BAD_PARAMETER",
    `${bad} is out of range: times lie in the years 1 to 9999, durations within 10,000 years, numbers are finite`,
  );
}

function holdsValues(desc: DescMessage, seen: Set<DescMessage>): boolean {
  if (checks[desc.typeName] !== undefined) return true;
  if (seen.has(desc)) return false;
  seen.add(desc);
  return desc.fields.some(({ message }) => message !== undefined && holdsValues(message, seen));
}

function compile(desc: DescMessage): Search {
  const check = checks[desc.typeName];
  if (check !== undefined) return (value) => (check(value as never) ? undefined : "");
  const fields = desc.fields.filter(
    ({ message }) => message !== undefined && holdsValues(message, new Set()),
  );
  return (message) => {
    for (const field of fields) {
      const found = searchField(field, message);
      if (found !== undefined) return found === "" ? field.name : `${field.name}.${found}`;
    }
    return undefined;
  };
}

function searchField(field: DescField, holder: Readonly<Record<string, unknown>>): string | undefined {
  const value = valueIn(field, holder);
  if (value === undefined || field.message === undefined) return undefined;
  // Asked for at each use: a type may hold itself.
  const search = searchOfBadValues(field.message);
  if (search === undefined) return undefined;
  for (const item of itemsOf(field, value)) {
    const found = search(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueIn({ oneof, localName }: DescField, holder: Readonly<Record<string, unknown>>): unknown {
  if (oneof === undefined) return holder[localName];
  const chosen = holder[oneof.localName] as { readonly case?: string; readonly value?: unknown };
  return chosen.case === localName ? chosen.value : undefined;
}

type Item = Readonly<Record<string, unknown>>;

function itemsOf({ fieldKind }: DescField, value: unknown): readonly Item[] {
  if (fieldKind === "list") return value as readonly Item[];
  return fieldKind === "map" ? Object.values(value as Readonly<Record<string, Item>>) : [value as Item];
}

const isTimestamp = ({ seconds, nanos }: Timestamp) =>
  seconds >= FIRST_SECOND && seconds <= LAST_SECOND && nanos >= 0 && nanos < NANOS;

const isDuration = ({ seconds, nanos }: Duration) =>
  seconds >= -LONGEST_SECONDS &&
  seconds <= LONGEST_SECONDS &&
  Math.abs(nanos) < NANOS &&
  (seconds <= 0n || nanos >= 0) &&
  (seconds >= 0n || nanos <= 0);

/** The messages of a Struct are held as plain JSON, in which every number should be one. */
function holdsNumbers(json: unknown): boolean {
  if (typeof json === "number") return Number.isFinite(json);
  return typeof json !== "object" || json === null || Object.values(json).every(holdsNumbers);
}

const checks: Readonly<Record<string, (value: never) => boolean>> = {
  [TimestampSchema.typeName]: isTimestamp,
  [DurationSchema.typeName]: isDuration,
  [StructSchema.typeName]: holdsNumbers,
};
