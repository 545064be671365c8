import type { Access, Call } from "../table.ts";

export interface JsonRequest {
  /** `:name` of the pattern → the segment, decoded; an opaque name, never a path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Reads the body as JSON; undefined where there is none. Throws `BAD_PARAMETER` or `LIMIT_EXCEEDED`. */
  body(): Promise<unknown>;
}

/** One route of the JSON API, with its word on who may call it, as in the gRPC tables. */
export interface JsonRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/v2/proxies/:name`. */
  readonly pattern: string;
  readonly access: Access;
  /** What it returns is answered as JSON; undefined is answered as `{"message":"ok"}`. */
  readonly handle: (request: JsonRequest, call: Call) => Promise<unknown> | unknown;
}

export interface RouteMatch {
  readonly route: JsonRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a request; a pattern matches whole, segment by segment. */
export function matchRoute(
  routes: readonly JsonRoute[],
  method: string,
  path: string,
): RouteMatch | undefined {
  const segments = path.split("/").map(decodeSegment);
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = matchPattern(route.pattern.split("/"), segments);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function matchPattern(
  pattern: readonly string[],
  segments: readonly (string | undefined)[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index];
    if (actual === undefined) return undefined;
    if (!expected.startsWith(":")) {
      if (actual !== expected) return undefined;
    } else if (actual === "") return undefined;
    else params[expected.slice(1)] = actual;
  }
  return params;
}

/** Undefined where the percent-encoding is broken: such a segment matches nothing. */
function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
