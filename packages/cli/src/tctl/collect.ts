import { splitList } from "./parse-words.ts";

/** For options that may be repeated: every use adds, and commas separate. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...splitList(value)];
}
