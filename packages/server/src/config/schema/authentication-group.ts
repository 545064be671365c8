import { group, key, notServed } from "./key.ts";
import { duration, name, oneOf, oneOrMore, text, yesNo } from "./scalars.ts";

/** How people log in; the cluster_auth_preference resource when it is in the file. */
export const authenticationGroup = group("How people log in and what their certificates are.", {
  type: key(oneOf("local"), "local", "local", "Who knows the users."),
  local_auth: key(yesNo, "yes or no", "yes", "Whether users of the cluster itself may log in."),
  second_factors: key(
    oneOrMore(oneOf("otp", "webauthn", "sso")),
    "a list of otp, webauthn, sso",
    "[otp]",
    "Which second factors count.",
  ),
  second_factor: key(
    oneOf("off", "otp", "webauthn", "on", "optional", "u2f"),
    "off, otp, webauthn, on or optional",
    "",
    "The older form of second_factors; only one of the two.",
    "otp",
  ),
  webauthn: group("Security keys and passkeys.", {
    rp_id: key(
      name,
      "host name",
      "",
      "The name that security keys are bound to; it never changes.",
      "example.com",
    ),
    attestation_allowed_cas: notServed("Makers of security keys that are let in."),
    attestation_denied_cas: notServed("Makers of security keys that are kept out."),
  }),
  passwordless: key(yesNo, "yes or no", "yes", "Whether a passkey alone is enough."),
  headless: key(yesNo, "yes or no", "yes", "Whether a login may be approved from another machine."),
  connector_name: key(text, "text", "", "The connector that a login uses by default.", "local"),
  require_session_mfa: key(yesNo, "yes or no", "no", "Whether each session needs a second factor."),
  locking_mode: key(
    oneOf("best_effort", "strict"),
    "best_effort or strict",
    "best_effort",
    "What holds where the locks cannot be read: best_effort goes on with the last ones known, strict stops.",
  ),
  default_session_ttl: key(duration, "duration", "12h", "How long certificates hold when nobody asks."),
  signature_algorithm_suite: key(
    oneOf("balanced-v1", "legacy", "fips-v1", "hsm-v1"),
    "balanced-v1, legacy, fips-v1 or hsm-v1",
    "balanced-v1",
    "Which key types authorities and certificates get.",
  ),
  device_trust: notServed("Whether devices must be known."),
  stable_unix_user_config: notServed("Numeric ids of users that hosts create."),
  hardware_key: notServed("Keys in a hardware token."),
  piv_slot: notServed("The slot of a hardware token, in older releases."),
  u2f: notServed("Security keys of the first kind."),
});
