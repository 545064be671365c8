import { AppError, type CertAuthorityV2 } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";

/** One step of a rotation. */
export interface RotationStep {
  readonly type: string;
  /** "" begins a rotation. */
  readonly phase: string;
  readonly mode: "manual" | "auto";
  readonly gracePeriodMs: number;
}

/** Asks for the step. @returns the authority as it stands then. */
export async function rotate(client: Client, step: RotationStep): Promise<CertAuthorityV2> {
  const gracePeriod = {
    seconds: BigInt(Math.floor(step.gracePeriodMs / 1000)),
    nanos: (step.gracePeriodMs % 1000) * 1_000_000,
  };
  const { type, phase: targetPhase, mode } = step;
  await served("rotation", client.trust.rotateCertAuthority({ type, targetPhase, mode, gracePeriod }));
  return ownAuthority(client, type);
}

/** The authority of the cluster itself. */
async function ownAuthority(client: Client, type: string): Promise<CertAuthorityV2> {
  const { ClusterName } = await client.ping();
  const { certAuthoritiesV2 } = await client.trust.getCertAuthorities({ type, includeKey: false });
  const own = certAuthoritiesV2.find(({ Spec }) => Spec?.ClusterName === ClusterName);
  if (own === undefined) throw new AppError("NOT_FOUND", `there is no ${type} certificate authority yet`);
  return own;
}
