import { type DescField, type DescMessage, isMessage, type Message } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";

/** Seconds of the years 1 to 9999: what a Timestamp may name, and every form of a time can write. */
const [first, last] = [-62_135_596_800n, 253_402_300_799n];

/** Throws BAD_PARAMETER for a time that is none: nobody could write down a list as JSON that has it in it. */
export function refuseStrangeTimes(desc: DescMessage, message: Message): void {
  if (isMessage(message, TimestampSchema)) {
    const { seconds, nanos } = message;
    if (seconds >= first && seconds <= last && nanos >= 0 && nanos < 1_000_000_000) return;
    throw new AppError("BAD_PARAMETER", "a time lies outside of the years 1 to 9999");
  }
  for (const field of desc.fields) {
    if (field.message === undefined) continue;
    for (const value of valuesOf(field, message)) {
      // Some messages, such as Struct, are held as plain JSON.
      if (isMessage(value)) refuseStrangeTimes(field.message, value);
    }
  }
}

function valuesOf({ fieldKind, oneof, localName }: DescField, message: Message): readonly unknown[] {
  const members = message as unknown as Readonly<Record<string, unknown>>;
  if (oneof !== undefined) {
    const chosen = members[oneof.localName] as { readonly case?: string; readonly value?: unknown };
    return chosen.case === localName ? [chosen.value] : [];
  }
  const value = members[localName];
  if (fieldKind === "list") return value as readonly unknown[];
  return fieldKind === "map" ? Object.values(value as object) : [value];
}
