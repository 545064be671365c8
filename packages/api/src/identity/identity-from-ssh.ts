import { AppError } from "../errors/index.ts";
import { checkText } from "./check-text.ts";
import { emptyIdentity } from "./empty-identity.ts";
import type { Identity } from "./identity.ts";
import { parseStringList, parseStringListMember } from "./json-text.ts";
import { parseRfc3339 } from "./rfc3339.ts";
import { type SshCertificateOptions, sshExtension } from "./ssh-extensions.ts";
import { parseTraits } from "./traits-text.ts";

/** The parts of a verified SSH user certificate that say who its holder is. */
export interface SshCertificateFacts extends SshCertificateOptions {
  /** The user name. */
  readonly keyId: string;
  readonly principals: readonly string[];
  /** End of validity, in milliseconds since 1970. */
  readonly validBeforeAt: number | "forever";
}

/**
 * The identity in an SSH user certificate whose signature is verified already. What only X.509 carries is empty.
 *
 * @throws AppError BAD_PARAMETER for malformed extensions.
 */
export function identityFromSsh(facts: SshCertificateFacts): Identity {
  if (facts.keyId === "") throw new AppError("BAD_PARAMETER", "the certificate names no one");
  const { validBeforeAt } = facts;
  return {
    ...emptyIdentity(checkText("key id", facts.keyId)),
    principals: facts.principals,
    ...readText(facts),
    ...readParsed((name) => value(facts, name)),
    ...readFlags(facts),
    pinnedIp: facts.criticalOptions["source-address"]?.replace(/\/(32|128)$/, "") ?? "",
    device: readDevice(facts),
    expires: validBeforeAt === "forever" ? undefined : new Date(validBeforeAt),
  };
}

function value({ extensions }: SshCertificateOptions, name: keyof typeof sshExtension): string {
  const key = sshExtension[name];
  return Object.hasOwn(extensions, key) ? checkText(key, extensions[key] ?? "") : "";
}

function readText(facts: SshCertificateOptions) {
  return {
    routeToCluster: value(facts, "routeToCluster"),
    mfaVerified: value(facts, "mfaVerified"),
    loginIp: value(facts, "loginIp"),
    impersonator: value(facts, "impersonator"),
    botName: value(facts, "botName"),
    botInstanceId: value(facts, "botInstanceId"),
    connectionDiagnosticId: value(facts, "connectionDiagnosticId"),
    privateKeyPolicy: value(facts, "privateKeyPolicy"),
  };
}

function readParsed(read: (name: keyof typeof sshExtension) => string) {
  const [roles, requests, resources] = [read("roles"), read("activeRequests"), read("allowedResources")];
  return {
    roles: roles === "" ? [] : parseStringListMember("roles", roles, "roles"),
    traits: parseTraits(read("traits")),
    activeRequests: requests === "" ? [] : parseStringListMember("requests", requests, "access_requests"),
    allowedResourceIds: resources === "" ? undefined : parseStringList("resource ids", resources),
    previousIdentityExpires: parseRfc3339("previous expiry", read("previousIdentityExpires")),
    generation: readGeneration(read("generation")),
  };
}

function readGeneration(text: string): bigint {
  if (/^\d{0,20}$/.test(text) && BigInt(text) < 1n << 64n) return BigInt(text);
  throw new AppError("BAD_PARAMETER", "generation of the certificate is malformed");
}

/** A flag counts as set by its mere presence, whatever its value: one of them is a restriction. */
function readFlags({ extensions }: SshCertificateOptions) {
  return {
    disallowReissue: Object.hasOwn(extensions, sshExtension.disallowReissue),
    renewable: Object.hasOwn(extensions, sshExtension.renewable),
  };
}

function readDevice(facts: SshCertificateOptions): Identity["device"] {
  const [id, assetTag] = [value(facts, "deviceId"), value(facts, "deviceAssetTag")];
  const credentialId = value(facts, "deviceCredentialId");
  return id + assetTag + credentialId === "" ? undefined : { id, assetTag, credentialId };
}
