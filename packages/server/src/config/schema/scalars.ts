import { parseDuration } from "@sallyport/api";
import { z } from "zod";

/** A value that `read` understands; it answers undefined for what it does not. */
export function scalar<T>(expected: string, read: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: "custom", input: value, message: `must be ${expected}` });
    return z.NEVER;
  });
}

const yesWords = ["yes", "on", "true", "y"];
const noWords = ["no", "off", "false", "n"];

export const yesNo = scalar("yes or no", (value) => {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.toLowerCase() : "";
  return yesWords.includes(word) ? true : noWords.includes(word) ? false : undefined;
});

const severities = { debug: "debug", info: "info", warn: "warn", warning: "warn", error: "error" } as const;

export const severity = scalar("one of debug, info, warn, error", (value) => {
  const word = typeof value === "string" ? value.toLowerCase() : "";
  return Object.hasOwn(severities, word) ? severities[word as keyof typeof severities] : undefined;
});

/** A name that can stand in certificates and host names. */
export const clusterName = scalar("a name of letters, digits, dots and dashes", (value) =>
  typeof value === "string" && /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(value)
    ? value
    : undefined,
);

/** Milliseconds. */
export const duration = scalar("a duration such as 30s, 10m or 12h", (value) => {
  const ms = typeof value === "string" ? parseDuration(value) : value === 0 ? 0 : undefined;
  return ms !== undefined && ms >= 0 ? ms : undefined;
});

/** Milliseconds; 0 for `never`. */
export const durationOrNever = scalar("a duration such as 30m, or never", (value) => {
  if (value === 0 || value === "never") return 0;
  const ms = typeof value === "string" ? parseDuration(value) : undefined;
  return ms !== undefined && ms >= 0 ? ms : undefined;
});

export const text = scalar("a text", (value) => {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" ? value : undefined;
});

/** A text on one line that is not empty. */
export const name = scalar("a text on one line", (value) =>
  typeof value === "string" && /^[^\p{Cc}]{1,255}$/u.test(value) ? value : undefined,
);

export const path = scalar("a path", (value) =>
  typeof value === "string" && value !== "" && !value.includes("\0") ? value : undefined,
);

export function wholeNumber(least: number, most: number) {
  return scalar(`a whole number from ${least} to ${most}`, (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? value
      : undefined,
  );
}

export function oneOf<const T extends string>(...values: readonly T[]) {
  const words = values.length === 1 ? values[0] : `one of ${values.join(", ")}`;
  return scalar(String(words), (value): T | undefined => values.find((known) => known === value));
}

export interface Address {
  /** A host name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port`, or a host alone where the port has a default. */
export function address(defaultPort: number) {
  return scalar("an address such as 127.0.0.1:3025", (value) =>
    typeof value === "string" ? parseAddress(value, defaultPort) : undefined,
  );
}

export function parseAddress(written: string, defaultPort: number): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]*))(?::(\d{1,5}))?$/.exec(written);
  if (match === null || written === "") return undefined;
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  return port <= 65_535 ? { host: match[1] ?? (match[2] || "0.0.0.0"), port } : undefined;
}

/** A place that is reached without TLS; a slash at its end is left away. */
export const httpUrl = scalar(
  "a URL such as http://pki.example.com:3045, without TLS, user and query",
  (value) => {
    const url = typeof value === "string" ? URL.parse(value) : null;
    return url !== null && /^http:\/\/[\w.:[\]-]+\/[\w./~%-]{0,1000}$/.test(url.href)
      ? url.href.replace(/\/+$/, "")
      : undefined;
  },
);

/** One value or a list of them. */
export function oneOrMore<T>(item: z.ZodType<T>) {
  return z.unknown().transform((value, context): readonly T[] => {
    const results = (Array.isArray(value) ? value : [value]).map((part) => item.safeParse(part));
    const wrong = results.find((result) => !result.success);
    if (wrong === undefined) return results.map((result) => result.data as T);
    context.issues.push({
      code: "custom",
      input: value,
      message: wrong.error?.issues[0]?.message ?? "is not valid",
    });
    return z.NEVER;
  });
}

/** A program, by its absolute path, and its arguments: no shell reads them. */
export const commandLine = scalar(
  "a list such as [/usr/bin/program, argument], with an absolute path",
  (value) => {
    const isText = (part: unknown): part is string => typeof part === "string" && !part.includes("\0");
    return Array.isArray(value) && value.every(isText) && value[0]?.startsWith("/") ? value : undefined;
  },
);
