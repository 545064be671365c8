/** For options that may be repeated: every use adds, and commas separate. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...splitList(value)];
}

/** `a,b` into names; empty ones are left out. */
export function splitList(text: string): string[] {
  return text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
}
