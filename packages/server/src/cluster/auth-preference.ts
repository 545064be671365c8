import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type AuthPreferenceV2,
  AuthPreferenceV2Schema,
  RequireMFAType,
  SecondFactorType,
  SignatureAlgorithmSuite,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { ConfigKind } from "./cluster-config.ts";
import { completeSuite } from "./signature-suite.ts";

const HOUR_NS = 3_600_000_000_000n;
const lockingModes = ["best_effort", "strict"];
const types = ["local", "oidc", "saml", "github"];

/** How people log in, and what the cluster demands of their certificates. */
export const authPreference: ConfigKind<AuthPreferenceV2> = {
  desc: AuthPreferenceV2Schema,
  kind: "cluster_auth_preference",
  name: "cluster-auth-preference",
  event: "auth_preference.update",
  code: "TCAUTH001I",
  defaults: () =>
    create(AuthPreferenceV2Schema, {
      Kind: "cluster_auth_preference",
      Version: "v2",
      Metadata: { Name: "cluster-auth-preference", Namespace: "default" },
      Spec: {
        Type: "local",
        SecondFactors: [SecondFactorType.OTP],
        AllowLocalAuth: { Value: true },
        DisconnectExpiredCert: { Value: false },
        LockingMode: "best_effort",
        DefaultSessionTTL: 12n * HOUR_NS,
        signatureAlgorithmSuite: SignatureAlgorithmSuite.BALANCED_V1,
      },
    }),
  complete: (config: AuthPreferenceV2) => {
    const spec = config.Spec;
    if (spec === undefined) throw new AppError("BAD_PARAMETER", "cluster_auth_preference needs a spec");
    if (spec.Type === "") spec.Type = "local";
    if (!types.includes(spec.Type)) {
      throw new AppError(
        "BAD_PARAMETER",
        `cluster_auth_preference: type is one of ${types.join(", ")}, not "${spec.Type}"`,
      );
    }
    if (spec.LockingMode === "") spec.LockingMode = "best_effort";
    if (!lockingModes.includes(spec.LockingMode)) {
      throw new AppError(
        "BAD_PARAMETER",
        `cluster_auth_preference: locking_mode is strict or best_effort, not "${spec.LockingMode}"`,
      );
    }
    if (![RequireMFAType.OFF, RequireMFAType.SESSION].includes(spec.RequireMFAType)) {
      throw new AppError(
        "BAD_PARAMETER",
        "cluster_auth_preference: require_session_mfa is yes or no: hardware keys are not attested here, so nobody " +
          "would be held to them",
      );
    }
    if (spec.DefaultSessionTTL < 0n) {
      throw new AppError("BAD_PARAMETER", "cluster_auth_preference: default_session_ttl cannot be negative");
    }
    completeSuite(spec);
    if (spec.DefaultSessionTTL === 0n) spec.DefaultSessionTTL = 12n * HOUR_NS;
  },
};

/** Whether every session needs a second factor, whatever the roles say. */
export const requiresSessionMfa = ({ Spec: spec }: AuthPreferenceV2): boolean =>
  spec !== undefined && spec.RequireMFAType !== RequireMFAType.OFF;
