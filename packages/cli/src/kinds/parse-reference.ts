import { findKind, type KindName, type KnownKind } from "@sallyport/api";
import { UsageError } from "../terminal/exit-code.ts";

/** What `KIND` or `KIND/NAME` stands for. */
export interface Reference {
  readonly kind: KindName;
  /** undefined for all of the kind; the one name of a kind of which a cluster has one. */
  readonly name: string | undefined;
}

/**
 * Reads `KIND` or `KIND/NAME`; a name may have slashes.
 *
 * @throws UsageError, AppError NOT_FOUND with the nearest known kind.
 */
export function parseReference(text: string): Reference {
  const slash = text.indexOf("/");
  if (slash === 0) throw new UsageError(`${JSON.stringify(text)} has no kind before the slash`);
  const kind: KnownKind = findKind(slash === -1 ? text : text.slice(0, slash));
  const name = slash === -1 ? undefined : text.slice(slash + 1);
  if (name === "") throw new UsageError(`${JSON.stringify(text)} has no name after the slash`);
  const singleton = "singleton" in kind ? (kind.singleton as string) : undefined;
  if (singleton !== undefined && name !== undefined && name !== singleton) {
    throw new UsageError(`there is one ${kind.kind}; it goes without a name`);
  }
  return { kind: kind.kind, name: singleton ?? name };
}

/** The same where exactly one resource has to be meant. */
export function parseSingleReference(text: string): { readonly kind: KindName; readonly name: string } {
  const { kind, name } = parseReference(text);
  if (name === undefined) throw new UsageError(`say which one: ${kind}/NAME`);
  return { kind, name };
}
