import { isAppError } from "@sallyport/api";
import type { RevocationLists } from "../lists/revocation-lists.ts";
import { type Answer, refusal } from "./answer.ts";
import type { ServingLimits } from "./limits.ts";
import type { OcspCache } from "./ocsp-cache.ts";

/** A request, as far as the answer depends on it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** The body; undefined where it is too large. */
  body(): Promise<Uint8Array | undefined>;
}

export interface RouteDeps {
  readonly lists: RevocationLists;
  readonly ocsp: OcspCache;
  readonly limits: Pick<ServingLimits, "maxPathChars">;
}

const KRL_SECONDS = 60;
const CRL_SECONDS = 300;
const OCSP_TYPE = "application/ocsp-response";

/** Everything that is served: signed lists and answers, to anybody. */
export async function route(deps: RouteDeps, asked: Asked, now: number): Promise<Answer> {
  const { path } = asked;
  if (path.length > deps.limits.maxPathChars) return refusal(413);
  const reads = asked.method === "GET" || asked.method === "HEAD";
  if (path === "/krl" || path === "/krl.sig") return reads ? krl(deps, path) : onlyFor("GET, HEAD");
  const [, crlType, crlKey] = /^\/crl\/([a-z_]{1,32})(?:\/([0-9a-f]{64}))?\.crl$/.exec(path) ?? [];
  if (crlType !== undefined) return reads ? crl(deps, crlType, crlKey) : onlyFor("GET, HEAD");
  const [, ocspType, question] = /^\/ocsp\/([a-z_]{1,32})(?:\/(.*))?$/.exec(path) ?? [];
  if (ocspType === undefined) return refusal(404);
  if (asked.method === "POST" && question === undefined) return ocsp(deps, ocspType, await asked.body(), now);
  if (reads && question !== undefined) return ocsp(deps, ocspType, questionIn(question), now);
  return onlyFor("GET, HEAD, POST");
}

const onlyFor = (methods: string) => refusal(405, { allow: methods });

async function krl({ lists }: RouteDeps, path: string): Promise<Answer> {
  const { version, generatedAt, bytes, signature } = await lists.krl.current();
  const isList = path === "/krl";
  return {
    status: 200,
    type: isList ? "application/octet-stream" : "text/plain; charset=us-ascii",
    body: isList ? bytes : signature,
    maxAgeSeconds: KRL_SECONDS,
    // List and signature of one making have one tag, so that whoever fetches both knows that they belong together.
    etag: `"${version}-${Math.floor(generatedAt)}"`,
    modifiedAt: generatedAt,
    headers: { "x-krl-version": String(version) },
  };
}

/** Of the active key, unless another one is named: during a rotation certificates of both are around. */
async function crl({ lists }: RouteDeps, type: string, key: string | undefined): Promise<Answer> {
  const authorities = await lists.authorities.x509Of(type);
  const issuer = authorities.find(({ fingerprint }) => key === undefined || fingerprint === key);
  if (issuer === undefined) return refusal(404);
  const { der, number, madeAt } = await lists.crl.current(issuer);
  return {
    status: 200,
    type: "application/pkix-crl",
    body: der,
    maxAgeSeconds: CRL_SECONDS,
    etag: `"${number}"`,
    modifiedAt: madeAt,
  };
}

async function ocsp(
  deps: RouteDeps,
  type: string,
  question: Uint8Array | undefined,
  now: number,
): Promise<Answer> {
  if (question === undefined) return refusal(413);
  try {
    const answer = await deps.ocsp.answer(type, question, now);
    if (answer === undefined) return refusal(503, { "retry-after": "1" });
    const maxAgeSeconds = answer.keepMs > 0 ? Math.floor(answer.keepMs / 1000) : undefined;
    return { status: 200, type: OCSP_TYPE, body: answer.der, maxAgeSeconds };
  } catch (error) {
    if (isAppError(error, "NOT_FOUND")) return refusal(404);
    throw error;
  }
}

/** Base64 in a path, each of its characters escaped or not (RFC 6960 appendix A.1). What is none is no question. */
function questionIn(path: string): Uint8Array {
  try {
    const text = decodeURIComponent(path);
    return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : new Uint8Array();
  } catch {
    return new Uint8Array();
  }
}
