import { AppError } from "@sallyport/api";
import type { WorkloadIdentityX509Revocation } from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import type { AuditEntry } from "../../audit/index.ts";
import {
  findBySerial,
  type RevokeDeps,
  readSerial,
  revokeCertificates,
  x509SerialText,
} from "../../certificates/index.ts";
import { writeOverStored } from "../../resources/index.ts";
import { type Call, readTime, writeTime } from "../../rpc/index.ts";
import type { Change } from "../../storage/index.ts";
import { acceptRevocation } from "./accept-revocation.ts";
import { revocationCreated, revocationDeleted, revocationUpdated } from "./events.ts";
import type { RevocationStore } from "./store.ts";

export interface RevocationDeps extends RevokeDeps {
  readonly x509Revocations: RevocationStore;
  auditChange(entry: AuditEntry): Change;
}

type Revocation = WorkloadIdentityX509Revocation;

export async function createRevocation(
  deps: RevocationDeps,
  sent: Revocation | undefined,
  call: Call,
): Promise<Revocation> {
  const revocation = acceptRevocation(sent, call.now);
  const name = nameOf(revocation);
  if ((await deps.x509Revocations.get(name)) !== undefined) {
    throw new AppError("ALREADY_EXISTS", `the serial number ${name} is revoked already`, {
      details: { hint: "See it with: tctl workload-identity revocations ls." },
    });
  }
  await revokeInInventory(deps, revocation, call);
  return deps.x509Revocations.create(revocation, deps.auditChange(revocationCreated(revocation, call)));
}

/** One that carries a revision must still be at it. */
export async function updateRevocation(
  deps: RevocationDeps,
  sent: Revocation | undefined,
  call: Call,
): Promise<Revocation> {
  const revocation = acceptRevocation(sent, call.now);
  await deps.x509Revocations.read(nameOf(revocation));
  await revokeInInventory(deps, revocation, call);
  return deps.x509Revocations.update(revocation, deps.auditChange(revocationUpdated(revocation, call)));
}

export async function upsertRevocation(
  deps: RevocationDeps,
  sent: Revocation | undefined,
  call: Call,
): Promise<Revocation> {
  const revocation = acceptRevocation(sent, call.now);
  await revokeInInventory(deps, revocation, call);
  return writeOverStored(deps.x509Revocations, revocation, async () => {
    const stored = await deps.x509Revocations.get(nameOf(revocation));
    const entry =
      stored === undefined ? revocationCreated(revocation, call) : revocationUpdated(revocation, call);
    return { stored, commit: [deps.auditChange(entry)] };
  });
}

/** What the inventory knows stays revoked: whoever has a list with it would not hear otherwise. */
export async function deleteRevocation(deps: RevocationDeps, name: string, call: Call): Promise<void> {
  if (name === "") throw new AppError("BAD_PARAMETER", "the serial number is missing");
  await deps.x509Revocations.delete(name, deps.auditChange(revocationDeleted(name, call)));
}

/** The lists may be older than a certificate's last second by this much, with clocks that are behind. */
const SLACK_MS = 24 * 3_600_000;

/**
 * A certificate that we issued is revoked in the inventory, before its resource is there: lists, OCSP and the
 * inventory say the same then. The right to revoke SVIDs is none to revoke the certificates of people (threat 15).
 */
async function revokeInInventory(deps: RevocationDeps, revocation: Revocation, call: Call): Promise<void> {
  const text = x509SerialText(BigInt(`0x${nameOf(revocation)}`));
  const serial = text.length === INVENTORY_DIGITS ? readSerial(`0x${text}`) : undefined;
  const found = serial && (await findBySerial(deps, serial));
  if (serial === undefined || found === undefined) return;
  const { caType, expiresAt } = found.certificate;
  if (caType !== "spiffe") {
    throw new AppError(
      "BAD_PARAMETER",
      "the certificate of this serial number is no X.509 SVID; use: tctl certs revoke",
    );
  }
  const { metadata } = revocation;
  if (metadata !== undefined && readTime(metadata.expires) === undefined && expiresAt !== undefined) {
    const forgotten = writeTime(Math.max(expiresAt, call.now) + SLACK_MS);
    if (forgotten !== undefined) metadata.expires = forgotten;
  }
  if (found.revoked !== undefined || (expiresAt !== undefined && expiresAt <= call.now)) return;
  const reason = revocation.spec?.reason ?? "";
  await revokeCertificates(deps, { selector: { by: "serial", serial, text }, reason, dryRun: false }, call);
}

/** Numbers that the inventory gave out have this many digits, with zeros before them. */
const INVENTORY_DIGITS = 32;

const nameOf = ({ metadata }: Revocation): string => metadata?.name ?? "";
