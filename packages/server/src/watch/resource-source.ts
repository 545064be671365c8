import { AppError } from "@sallyport/api";
import type { RuleSubject, Verb } from "../rpc/index.ts";
import { type Item, type Key, segmentsOf } from "../storage/index.ts";
import type { ResourceName, WatchFilter, WatchSource, WatchWish } from "./source.ts";

export interface ResourceSourceOptions<Noun> {
  readonly kind: string;
  readonly version: string;
  readonly prefix: Key;
  readonly eventField: number;
  parse(item: Item): Noun;
  /** What a rule's `where` can look at. */
  subject(noun: Noun): RuleSubject | undefined;
  /** Name of the resource that a key holds; by default the segment after the prefix. */
  nameOf?: (key: Key) => ResourceName | undefined;
  /** By default `read`. */
  readonly verb?: Verb;
}

/** A kind without filters or views: whoever has the verb sees the bytes as they are stored. */
export function resourceSource<Noun>(options: ResourceSourceOptions<Noun>): WatchSource<Noun> {
  const { kind, version, prefix, verb = "read" } = options;
  const depth = segmentsOf(prefix).length;
  const nameOf = (key: Key) => ({ name: segmentsOf(key)[depth] ?? "", subKind: "", version });
  return {
    kind,
    prefix,
    eventField: options.eventField,
    nameOf: options.nameOf ?? nameOf,
    parse: (item) => options.parse(item),
    mayWatch: (caller) => caller.permissions.check(kind, [verb]),
    parseFilter: refuseFilter,
    mayRead: (caller, noun) => caller.permissions.check(kind, [verb], options.subject(noun)).allow,
    viewOf: () => "",
    encode: (_, item) => item.value,
  };
}

/** For kinds that have no filter. */
function refuseFilter(wish: WatchWish): WatchFilter {
  const [unknown] = Object.keys(wish.filter);
  if (unknown !== undefined) {
    throw new AppError("BAD_PARAMETER", `a watch of ${wish.kind} has no filter "${unknown}"`);
  }
  return { matches: () => true };
}
