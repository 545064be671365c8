import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
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

/**
 * An entry as it is stored and sent. Written field by field: it is a part of the cost of every certificate, and the
 * general way takes four times as long. Numbers are those of `Certificate` in the contract, which a test holds it to.
 */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const { ssh, x509 } = certificate;
  const writer = new BinaryWriter();
  text(writer, 1, certificate.id);
  text(writer, 2, certificate.kind);
  text(writer, 3, certificate.user);
  text(writer, 4, certificate.caType);
  if (ssh !== undefined) writer.tag(5, WireType.Varint).uint64(ssh.serial);
  text(writer, 6, x509?.serial);
  texts(writer, 7, certificate.principals);
  texts(writer, 8, certificate.roles);
  text(writer, 9, ssh?.fingerprint);
  text(writer, 10, x509?.fingerprint);
  text(writer, 11, ssh?.ca);
  text(writer, 12, x509?.ca);
  time(writer, 13, certificate.issuedAt);
  time(writer, 14, certificate.validAfterAt);
  time(writer, 15, certificate.expiresAt);
  text(writer, 16, certificate.requester);
  text(writer, 17, certificate.impersonator);
  texts(writer, 18, certificate.accessRequests);
  text(writer, 19, certificate.remoteIp);
  texts(writer, 20, certificate.usage);
  texts(writer, 21, certificate.routes);
  return writer.finish();
}

function text(writer: BinaryWriter, field: number, value: string | undefined): void {
  if (value !== undefined && value !== "") writer.tag(field, WireType.LengthDelimited).string(value);
}

function texts(writer: BinaryWriter, field: number, values: readonly string[]): void {
  for (const value of values) writer.tag(field, WireType.LengthDelimited).string(value);
}

/** A Timestamp: seconds and nanoseconds. */
function time(writer: BinaryWriter, field: number, at: number | undefined): void {
  if (at === undefined) return;
  const seconds = Math.floor(at / 1000);
  const nanos = Math.round((at - seconds * 1000) * 1e6);
  writer.tag(field, WireType.LengthDelimited).fork();
  if (seconds !== 0) writer.tag(1, WireType.Varint).int64(seconds);
  if (nanos !== 0) writer.tag(2, WireType.Varint).int32(nanos);
  writer.join();
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
