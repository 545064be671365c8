import { formatDuration, instantOf, type Metadata } from "@sallyport/api";

type WireTime = Parameters<typeof instantOf>[0];

/** `2026-01-31T12:00:00Z`, or a word for a time that is not set. */
export function showInstant(time: WireTime, none = "never"): string {
  const at = instantOf(time);
  return at === undefined ? none : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `3h59m` until a time, or a word for one that is not set. */
export function showTimeLeft(time: WireTime, now: number, none = "never"): string {
  const at = instantOf(time);
  if (at === undefined) return none;
  const minutes = Math.max(0, Math.round((at - now) / 60_000));
  return formatDuration(minutes * 60_000).replace(/(?<=[hm])0s$/, "");
}

/** `a=1,b=2`, the keys in order. */
export function showLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(",");
}

/** `a=b,c` for lists of values, the keys in order. */
export function showListLabels(
  labels: { readonly Values: Readonly<Record<string, { readonly Values: readonly string[] }>> } | undefined,
): string {
  const entries = Object.entries(labels?.Values ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, { Values }]) => `${key}=${Values.join(",")}`).join(" ");
}

export const nameOf = (message: { readonly Metadata?: Metadata | undefined }): string =>
  message.Metadata?.Name ?? "";
