import { AppError } from "@sallyport/api";
import {
  type AuthPreferenceV2,
  SignatureAlgorithmSuite as Suite,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuthenticationConfig } from "../config/index.ts";

export type SuiteName = AuthenticationConfig["signatureAlgorithmSuite"];

const DEFAULT: SuiteName = "balanced-v1";

export const suiteNumbers: Readonly<Record<SuiteName, Suite>> = {
  legacy: Suite.LEGACY,
  "balanced-v1": Suite.BALANCED_V1,
  "fips-v1": Suite.FIPS_V1,
  "hsm-v1": Suite.HSM_V1,
};

const names = Object.keys(suiteNumbers) as SuiteName[];

/** The suite that holds: whoever left it out has the default. */
export function suiteOf({ Spec: spec }: AuthPreferenceV2): SuiteName {
  const number = spec?.signatureAlgorithmSuite;
  return names.find((name) => suiteNumbers[name] === number) ?? DEFAULT;
}

/** Fills in the suite. Clients send what they do not know of as 0, and would take that for RSA everywhere. */
export function completeSuite(spec: NonNullable<AuthPreferenceV2["Spec"]>): void {
  const number = spec.signatureAlgorithmSuite;
  if (number === Suite.UNSPECIFIED) spec.signatureAlgorithmSuite = suiteNumbers[DEFAULT];
  else if (!names.some((name) => suiteNumbers[name] === number)) {
    throw new AppError(
      "BAD_PARAMETER",
      `cluster_auth_preference: signature_algorithm_suite is one of ${names.join(", ")}, not number ${number}`,
    );
  }
}
