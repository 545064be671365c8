import type { AuthConfig, AuthenticationConfig, NetworkingConfig, RecordingConfig } from "./config.ts";
import type { FileValues } from "./schema/file.ts";

type AuthValues = NonNullable<FileValues["auth_service"]>;

const DEFAULT_CLUSTER_NAME = "sallyport";

/** The auth service's part of the configuration, with every default filled in. */
export function authConfig(values: AuthValues): Omit<AuthConfig, "caKeyToken"> {
  return {
    listen: values.listen_addr ?? { host: "127.0.0.1", port: 3025 },
    publicAddresses: values.public_addr ?? [],
    clusterName: values.cluster_name ?? DEFAULT_CLUSTER_NAME,
    clusterNameIsSet: values.cluster_name !== undefined,
    proxyProtocol: values.proxy_protocol ?? "unset",
    authentication: authenticationConfig(values),
    networking: networkingConfig(values),
    recording: recordingConfig(values),
  };
}

function authenticationConfig(values: AuthValues): AuthenticationConfig {
  const section = values.authentication ?? {};
  return {
    fromFile: isSet(values.authentication, values.message_of_the_day, values.disconnect_expired_cert),
    type: section.type ?? "local",
    localAuth: section.local_auth ?? true,
    secondFactors: section.second_factors ?? secondFactorsOf(section.second_factor),
    webauthnRpId: section.webauthn?.rp_id ?? "",
    passwordless: section.passwordless ?? true,
    headless: section.headless ?? true,
    connectorName: section.connector_name ?? "",
    requireSessionMfa: section.require_session_mfa ?? false,
    lockingMode: section.locking_mode ?? "best_effort",
    defaultSessionTtlMs: section.default_session_ttl ?? 12 * 3_600_000,
    signatureAlgorithmSuite: section.signature_algorithm_suite ?? "balanced-v1",
    messageOfTheDay: values.message_of_the_day ?? "",
    disconnectExpiredCert: values.disconnect_expired_cert ?? false,
  };
}

type SecondFactor = NonNullable<NonNullable<AuthValues["authentication"]>["second_factor"]>;

/** The list that the older single word stands for. */
function secondFactorsOf(word: SecondFactor | undefined): AuthenticationConfig["secondFactors"] {
  switch (word) {
    case "off":
      return [];
    case "webauthn":
    case "u2f":
      return ["webauthn"];
    case "on":
    case "optional":
      return ["webauthn", "otp"];
    default:
      return ["otp"];
  }
}

function networkingConfig(values: AuthValues): NetworkingConfig {
  return {
    fromFile: isSet(
      values.client_idle_timeout,
      values.client_idle_timeout_message,
      values.web_idle_timeout,
      values.keep_alive_interval,
      values.keep_alive_count_max,
      values.session_control_timeout,
      values.ssh_dial_timeout,
      values.routing_strategy,
      values.proxy_listener_mode,
      values.case_insensitive_routing,
    ),
    clientIdleTimeoutMs: values.client_idle_timeout ?? 0,
    clientIdleTimeoutMessage: values.client_idle_timeout_message ?? "",
    webIdleTimeoutMs: values.web_idle_timeout ?? 10 * 60_000,
    keepAliveIntervalMs: values.keep_alive_interval ?? 5 * 60_000,
    keepAliveCountMax: values.keep_alive_count_max ?? 3,
    sessionControlTimeoutMs: values.session_control_timeout ?? 2 * 60_000,
    sshDialTimeoutMs: values.ssh_dial_timeout ?? 30_000,
    routingStrategy: values.routing_strategy ?? "unambiguous_match",
    proxyListenerMode: values.proxy_listener_mode ?? "multiplex",
    caseInsensitiveRouting: values.case_insensitive_routing ?? false,
  };
}

function recordingConfig(values: AuthValues): RecordingConfig {
  return {
    fromFile: isSet(values.session_recording, values.proxy_checks_host_keys),
    mode: values.session_recording ?? "node",
    proxyChecksHostKeys: values.proxy_checks_host_keys ?? true,
  };
}

function isSet(...values: readonly unknown[]): boolean {
  return values.some((value) => value !== undefined);
}
