import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CertificateSchema,
  RevocationSchema,
  type Certificate as WireCertificate,
  type Revocation as WireRevocation,
} from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb.js";
import { readTime, writeTime } from "../rpc/index.ts";
import {
  type Certificate,
  type CertificateKind,
  certificateKinds,
  type RevocableParts,
} from "./certificate.ts";
import type { RevocationGround, RevokedCertificate, RevokedKey } from "./revocation.ts";

/** An entry as it is stored and sent. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const { ssh, x509 } = certificate;
  return toBinary(
    CertificateSchema,
    create(CertificateSchema, {
      id: certificate.id,
      kind: certificate.kind,
      user: certificate.user,
      caType: certificate.caType,
      sshSerial: ssh?.serial ?? 0n,
      x509Serial: x509?.serial ?? "",
      principals: [...certificate.principals],
      roles: [...certificate.roles],
      sshFingerprint: ssh?.fingerprint ?? "",
      x509Fingerprint: x509?.fingerprint ?? "",
      sshCaFingerprint: ssh?.ca ?? "",
      x509CaFingerprint: x509?.ca ?? "",
      ...times({
        issued: certificate.issuedAt,
        validAfter: certificate.validAfterAt,
        expires: certificate.expiresAt,
      }),
      requester: certificate.requester,
      impersonator: certificate.impersonator,
      accessRequests: [...certificate.accessRequests],
      remoteIp: certificate.remoteIp,
      usage: [...certificate.usage],
      routes: [...certificate.routes],
    }),
  );
}

export function decodeCertificate(bytes: Uint8Array): Certificate {
  const wire = fromBinary(CertificateSchema, bytes);
  return {
    ...partsOf(wire.id, wire),
    kind: kindOf(wire.kind),
    user: wire.user,
    principals: wire.principals,
    roles: wire.roles,
    issuedAt: readTime(wire.issued) ?? 0,
    validAfterAt: readTime(wire.validAfter) ?? 0,
    requester: wire.requester,
    impersonator: wire.impersonator,
    accessRequests: wire.accessRequests,
    remoteIp: wire.remoteIp,
    usage: wire.usage,
    routes: wire.routes,
  };
}

export function encodeRevokedCertificate(revoked: RevokedCertificate): Uint8Array {
  const { id, caType, ssh, x509, expiresAt } = revoked.certificate;
  return toBinary(
    RevocationSchema,
    create(RevocationSchema, {
      ...groundFields(revoked),
      certificateId: id,
      caType,
      sshSerial: ssh?.serial ?? 0n,
      x509Serial: x509?.serial ?? "",
      sshCaFingerprint: ssh?.ca ?? "",
      x509CaFingerprint: x509?.ca ?? "",
      ...times({ expires: expiresAt }),
    }),
  );
}

export function encodeRevokedKey(revoked: RevokedKey): Uint8Array {
  const fields = { ...groundFields(revoked), fingerprint: revoked.fingerprint };
  return toBinary(RevocationSchema, create(RevocationSchema, fields));
}

export function decodeRevocation(bytes: Uint8Array): RevokedCertificate | RevokedKey {
  const wire = fromBinary(RevocationSchema, bytes);
  const ground = groundOf(wire);
  return wire.fingerprint === ""
    ? { ...ground, certificate: partsOf(wire.certificateId, wire) }
    : { ...ground, fingerprint: wire.fingerprint };
}

export function writeRevocation(revoked: RevokedCertificate | RevokedKey): WireRevocation {
  const bytes = "fingerprint" in revoked ? encodeRevokedKey(revoked) : encodeRevokedCertificate(revoked);
  return fromBinary(RevocationSchema, bytes);
}

type PartFields = Pick<
  WireCertificate,
  "caType" | "sshSerial" | "x509Serial" | "sshCaFingerprint" | "x509CaFingerprint" | "expires"
> &
  Partial<Pick<WireCertificate, "sshFingerprint" | "x509Fingerprint">>;

function partsOf(id: string, wire: PartFields): RevocableParts {
  return {
    id,
    caType: wire.caType,
    ssh:
      wire.sshSerial === 0n
        ? undefined
        : { serial: wire.sshSerial, fingerprint: wire.sshFingerprint ?? "", ca: wire.sshCaFingerprint },
    x509:
      wire.x509Serial === ""
        ? undefined
        : { serial: wire.x509Serial, fingerprint: wire.x509Fingerprint ?? "", ca: wire.x509CaFingerprint },
    expiresAt: readTime(wire.expires),
  };
}

function groundFields({ revokedAt, by, reason, selector }: RevocationGround) {
  return { ...times({ revoked: revokedAt }), by, reason, selector };
}

function groundOf({ revoked, by, reason, selector }: WireRevocation): RevocationGround {
  return { revokedAt: readTime(revoked) ?? 0, by, reason, selector };
}

function kindOf(kind: string): CertificateKind {
  return certificateKinds.find((one) => one === kind) ?? "user";
}

type Timestamp = NonNullable<ReturnType<typeof writeTime>>;

/** Those that are set: the message takes no undefined. */
function times<Name extends string>(
  instants: Readonly<Record<Name, number | undefined>>,
): Partial<Record<Name, Timestamp>> {
  const written: Partial<Record<Name, Timestamp>> = {};
  for (const name of Object.keys(instants) as Name[]) {
    const time = writeTime(instants[name]);
    if (time !== undefined) written[name] = time;
  }
  return written;
}
