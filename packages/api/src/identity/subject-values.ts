import { AppError } from "../errors/index.ts";
import { checkText } from "./check-text.ts";
import { identityArc, identityAttribute, type Subject, standardAttribute } from "./distinguished-name.ts";

const traitsOid: string = standardAttribute.traits;
const known: ReadonlySet<string> = new Set(Object.values(identityAttribute));

/** Values of a subject by attribute, in whatever order and sets they stand. */
export class SubjectValues {
  readonly #values = new Map<string, string[]>();

  /** @throws AppError BAD_PARAMETER for a value with control characters; traits are judged by their own reader. */
  constructor(subject: Subject) {
    for (const { oid, value } of subject.flat()) {
      const list = this.#values.get(oid);
      const checked = oid === traitsOid ? value : checkText(`attribute ${oid}`, value);
      if (list === undefined) this.#values.set(oid, [checked]);
      else list.push(checked);
    }
  }

  /** All values; none where the attribute is absent. */
  many(oid: string): readonly string[] {
    return this.#values.get(oid) ?? [];
  }

  /**
   * The value, "" where the attribute is absent.
   *
   * @throws AppError BAD_PARAMETER where it stands more than once: readers would disagree which one counts.
   */
  one(oid: string): string {
    const values = this.many(oid);
    if (values.length > 1) throw malformed(oid, "stands more than once");
    return values[0] ?? "";
  }

  /** True for `true`; anything but `true`, `false` and absence is refused, since a flag may be a restriction. */
  flag(oid: string): boolean {
    const value = this.one(oid);
    if (value !== "" && value !== "true" && value !== "false")
      throw malformed(oid, "is neither true nor false");
    return value === "true";
  }

  /** An unsigned decimal up to `max`; 0 where the attribute is absent. */
  unsigned(oid: string, max: bigint): bigint {
    const text = this.one(oid);
    const value = /^\d{1,20}$/.test(text) ? BigInt(text) : text === "" ? 0n : undefined;
    if (value === undefined || value > max) throw malformed(oid, "is not a number in range");
    return value;
  }

  /** Attributes of the identity's arc without a meaning here. */
  unknown(): [string, string][] {
    return [...this.#values].flatMap(([oid, values]) =>
      oid.startsWith(identityArc) && !known.has(oid)
        ? values.map((value): [string, string] => [oid, value])
        : [],
    );
  }
}

function malformed(oid: string, what: string): AppError {
  return new AppError("BAD_PARAMETER", `attribute ${oid} of the certificate's subject ${what}`, {
    details: { attribute: oid },
  });
}
