import { create } from "@bufbuild/protobuf";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  GetClusterCACertResponseSchema,
  GetDomainNameResponseSchema,
  IsMFARequiredResponseSchema,
  MFAAuthenticateChallengeSchema,
  MFARequired,
  PingResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { API_VERSION, type RpcPart } from "../rpc/index.ts";
import type { ClusterConfigs } from "./cluster.ts";
import { suiteNumbers, suiteOf } from "./signature-suite.ts";

export interface PingDeps {
  readonly cluster: ClusterConfigs;
  /** PEM of every trusted host CA certificate, one after the other. */
  readonly hostCaPem: () => Promise<string>;
}

type Methods =
  | "ping"
  | "getDomainName"
  | "getClusterCACert"
  | "createAuthenticateChallenge"
  | "isMFARequired"
  | "getMFADevices";

/**
 * What clients ask first. No second factor is enforced yet, and the answer says so with NO: clients take
 * UNSPECIFIED for a yes.
 */
export function pingRpcs({ cluster, hostCaPem }: PingDeps): RpcPart<typeof AuthService, Methods> {
  return {
    ping: {
      access: { anyone: true, why: "a client learns the version before it can do anything" },
      handle: async (_, call) =>
        create(PingResponseSchema, {
          ClusterName: cluster.name,
          ServerVersion: API_VERSION,
          ServerFeatures: { AccessControls: true, AdvancedAccessWorkflows: true },
          RemoteAddr: call.remoteAddress,
          signatureAlgorithmSuite: suiteNumbers[suiteOf(await cluster.authPreference.get())],
        }),
    },
    getDomainName: {
      access: { anyone: true, why: "the cluster name is in every certificate" },
      handle: () => create(GetDomainNameResponseSchema, { DomainName: cluster.name }),
    },
    getClusterCACert: {
      access: {
        anyone: true,
        why: "CA certificates are public; a joining machine checks them against its pins",
      },
      handle: async () => create(GetClusterCACertResponseSchema, { TLSCA: Buffer.from(await hostCaPem()) }),
    },
    createAuthenticateChallenge: {
      access: { decidedBy: "any certificate: it says only that no second factor is required" },
      handle: () => create(MFAAuthenticateChallengeSchema, { MFARequired: MFARequired.MFA_REQUIRED_NO }),
    },
    isMFARequired: {
      access: { decidedBy: "any certificate: it says only that no second factor is required" },
      handle: () =>
        create(IsMFARequiredResponseSchema, { Required: false, MFARequired: MFARequired.MFA_REQUIRED_NO }),
    },
    getMFADevices: {
      access: { decidedBy: "any certificate: one's own devices, of which there are none" },
      handle: () => ({ Devices: [] }),
    },
  };
}
