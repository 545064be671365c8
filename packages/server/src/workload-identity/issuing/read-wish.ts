import type { Duration } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import type {
  IssueWorkloadIdentityRequest,
  LabelSelector,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import { durationMs } from "../identities/read-identity.ts";
import type { Credential } from "./credential.ts";
import type { SvidWish } from "./issue-svid.ts";

const MAX_KEY_BYTES = 4096;
const MAX_AUDIENCES = 20;
const MAX_AUDIENCE_LENGTH = 512;
const MAX_SELECTORS = 50;
const MAX_SELECTOR_VALUES = 200;

interface SentWish {
  readonly credential: IssueWorkloadIdentityRequest["credential"];
  readonly requestedTtl?: Duration | undefined;
}

/** What is asked for. Throws BAD_PARAMETER. */
export function readWish({ credential, requestedTtl }: SentWish, issuer: string): SvidWish {
  return { credential: credentialOf(credential, issuer), requestedMs: durationMs(requestedTtl) };
}

function credentialOf(sent: SentWish["credential"], issuer: string): Credential {
  switch (sent.case) {
    case "x509SvidParams": {
      const { publicKey } = sent.value;
      if (publicKey.length === 0 || publicKey.length > MAX_KEY_BYTES) {
        throw new AppError("BAD_PARAMETER", "x509_svid_params.public_key is to be a public key: PKIX, DER");
      }
      return { kind: "x509", publicKey };
    }
    case "jwtSvidParams":
      return { kind: "jwt", audiences: checkAudiences(sent.value.audiences), issuer };
    case undefined:
      throw new AppError("BAD_PARAMETER", "say which credential: x509_svid_params or jwt_svid_params");
  }
}

/** Whoever checks a token looks for its own name among them. */
export function checkAudiences(sent: readonly string[]): readonly string[] {
  const audiences = [...new Set(sent)];
  if (audiences.length === 0)
    throw new AppError("BAD_PARAMETER", "a token is for an audience, and none is named");
  if (audiences.length > MAX_AUDIENCES) {
    throw new AppError("BAD_PARAMETER", `a token is for at most ${MAX_AUDIENCES} audiences`);
  }
  for (const audience of audiences) {
    if (audience === "" || audience.length > MAX_AUDIENCE_LENGTH || /\p{C}/u.test(audience)) {
      const shown = JSON.stringify(audience.slice(0, 80));
      throw new AppError("BAD_PARAMETER", `${shown} is not a name of an audience`);
    }
  }
  return audiences;
}

/** Key → accepted values; several selectors of one key accept what any of them accepts. */
export function readSelectors(sent: readonly LabelSelector[]): Readonly<Record<string, readonly string[]>> {
  if (sent.length === 0)
    throw new AppError("BAD_PARAMETER", "say which identities: label_selectors is empty");
  if (sent.length > MAX_SELECTORS) {
    throw new AppError("BAD_PARAMETER", `there are more than ${MAX_SELECTORS} label_selectors`);
  }
  const selectors = new Map<string, readonly string[]>();
  for (const { key, values } of sent) {
    if (key === "" || values.length === 0 || values.length > MAX_SELECTOR_VALUES) {
      throw new AppError(
        "BAD_PARAMETER",
        `a label selector has a key and 1 to ${MAX_SELECTOR_VALUES} values`,
      );
    }
    selectors.set(key, [...(selectors.get(key) ?? []), ...values]);
  }
  const wildcard = selectors.get("*");
  if (wildcard !== undefined && !(wildcard.length === 1 && wildcard[0] === "*")) {
    throw new AppError(
      "BAD_PARAMETER",
      'the label selector "*" takes the one value "*", and selects everything',
    );
  }
  return Object.fromEntries(selectors);
}
