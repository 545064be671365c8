import {
  type AuthPreferenceV2,
  type ClusterNetworkingConfigV2,
  ProxyListenerMode,
  RoutingStrategy,
  SecondFactorType,
  type SessionRecordingConfigV2,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuthConfig } from "../config/index.ts";
import { writeNanos } from "../rpc/index.ts";
import type { ClusterConfigs } from "./cluster.ts";
import { suiteNumbers } from "./signature-suite.ts";

const factors = { otp: SecondFactorType.OTP, webauthn: SecondFactorType.WEBAUTHN, sso: SecondFactorType.SSO };

/** At start: what the configuration file says about a singleton wins over what is stored. */
export async function applyConfigFile(cluster: ClusterConfigs, auth: AuthConfig): Promise<void> {
  const { networking, recording, authentication } = auth;
  await cluster.networking.settle(
    networking.fromFile ? (config) => applyNetworking(config, networking) : undefined,
  );
  await cluster.recording.settle(
    recording.fromFile ? (config) => applyRecording(config, recording) : undefined,
  );
  await cluster.authPreference.settle(
    authentication.fromFile ? (config) => applyAuthentication(config, authentication) : undefined,
  );
}

function applyNetworking({ Spec: spec }: ClusterNetworkingConfigV2, from: AuthConfig["networking"]): void {
  if (spec === undefined) return;
  spec.ClientIdleTimeout = writeNanos(from.clientIdleTimeoutMs);
  spec.ClientIdleTimeoutMessage = from.clientIdleTimeoutMessage;
  spec.WebIdleTimeout = writeNanos(from.webIdleTimeoutMs);
  spec.KeepAliveInterval = writeNanos(from.keepAliveIntervalMs);
  spec.KeepAliveCountMax = BigInt(from.keepAliveCountMax);
  spec.SessionControlTimeout = writeNanos(from.sessionControlTimeoutMs);
  spec.SSHDialTimeout = writeNanos(from.sshDialTimeoutMs);
  spec.CaseInsensitiveRouting = from.caseInsensitiveRouting;
  spec.RoutingStrategy =
    from.routingStrategy === "most_recent" ? RoutingStrategy.MOST_RECENT : RoutingStrategy.UNAMBIGUOUS_MATCH;
  spec.ProxyListenerMode =
    from.proxyListenerMode === "multiplex" ? ProxyListenerMode.Multiplex : ProxyListenerMode.Separate;
}

function applyRecording({ Spec: spec }: SessionRecordingConfigV2, from: AuthConfig["recording"]): void {
  if (spec === undefined) return;
  spec.Mode = from.mode;
  if (spec.ProxyChecksHostKeys !== undefined) spec.ProxyChecksHostKeys.Value = from.proxyChecksHostKeys;
}

function applyAuthentication({ Spec: spec }: AuthPreferenceV2, from: AuthConfig["authentication"]): void {
  if (spec === undefined) return;
  spec.Type = from.type;
  spec.SecondFactors = from.secondFactors.map((factor) => factors[factor]);
  spec.ConnectorName = from.connectorName;
  spec.LockingMode = from.lockingMode;
  spec.DefaultSessionTTL = writeNanos(from.defaultSessionTtlMs);
  spec.signatureAlgorithmSuite = suiteNumbers[from.signatureAlgorithmSuite];
  spec.MessageOfTheDay = from.messageOfTheDay;
  if (spec.AllowLocalAuth !== undefined) spec.AllowLocalAuth.Value = from.localAuth;
  if (spec.DisconnectExpiredCert !== undefined) spec.DisconnectExpiredCert.Value = from.disconnectExpiredCert;
}
