import { AppError, fromJson, isAppError, toJson } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { Introduction } from "./deps.ts";

/** More authorities than there are types come from nobody. */
const MAX_AUTHORITIES = 32;

/** What clusters send each other as JSON: every authority is a JSON document of its own, in base64. */
export function formatIntroduction({ token, authorities }: Introduction, apiVersion: string) {
  return { token, certificate_authorities: authorities.map(encode), teleport_version: apiVersion };
}

export function parseIntroduction(body: unknown): Introduction {
  const { token } = asRecord(body);
  if (typeof token !== "string" || token === "") throw bad("there is no token");
  return { token, authorities: parseAuthorities(body) };
}

export const formatAnswer = (authorities: readonly CertAuthorityV2[]) => ({
  certificate_authorities: authorities.map(encode),
});

/** The authorities of an introduction, or of the answer to one. */
export function parseAuthorities(body: unknown): readonly CertAuthorityV2[] {
  const { certificate_authorities: list } = asRecord(body);
  if (!Array.isArray(list) || list.length > MAX_AUTHORITIES)
    throw bad("there are no certificate authorities");
  return list.map(decode);
}

function encode(authority: CertAuthorityV2): string {
  return Buffer.from(JSON.stringify(toJson(CertAuthorityV2Schema, authority))).toString("base64");
}

function decode(text: unknown): CertAuthorityV2 {
  if (typeof text !== "string") throw bad("a certificate authority is no text");
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
  } catch (error) {
    throw bad("a certificate authority is no JSON", error);
  }
  try {
    return fromJson(CertAuthorityV2Schema, publicPart(json));
  } catch (error) {
    if (isAppError(error)) throw bad(error.message, error);
    throw error;
  }
}

/**
 * What trust is made of, and nothing else of the document: the other cluster may be of any release, with fields that
 * are unknown here, and what it says on roles or holds in private keys is not even read.
 */
function publicPart(json: unknown): Record<string, unknown> {
  const { kind, version, metadata, spec } = asRecord(json);
  const { type, cluster_name, active_keys, additional_trusted_keys } = asRecord(spec);
  return {
    kind,
    version,
    sub_kind: type,
    metadata: { name: asRecord(metadata).name },
    spec: {
      type,
      cluster_name,
      active_keys: publicKeys(active_keys),
      additional_trusted_keys: publicKeys(additional_trusted_keys),
    },
  };
}

function publicKeys(set: unknown): Record<string, unknown> {
  const { ssh, tls, jwt } = asRecord(set ?? {});
  return {
    ssh: partOfEach(ssh, "public_key"),
    tls: partOfEach(tls, "cert"),
    jwt: partOfEach(jwt, "public_key"),
  };
}

function partOfEach(list: unknown, field: string): readonly unknown[] {
  return Array.isArray(list) ? list.map((one) => ({ [field]: asRecord(one)[field] })) : [];
}

function asRecord(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw bad("it is no JSON object");
  return body as Readonly<Record<string, unknown>>;
}

const bad = (why: string, cause?: unknown) =>
  new AppError("BAD_PARAMETER", `the introduction of a cluster cannot be read: ${why}`, { cause });
