import { createECDH, generateKeyPairSync } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  ListAccessRequestsRequestSchema,
  UserCertsRequestSchema,
  WatchSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  AccessRequestFilterSchema,
  AccessRequestV3Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { encodePem } from "@sallyport/x509";

export const paths = {
  get: "/proto.AuthService/GetAccessRequests",
  list: "/proto.AuthService/ListAccessRequests",
  create: "/proto.AuthService/CreateAccessRequestV2",
  certs: "/proto.AuthService/GenerateUserCerts",
  watch: "/proto.AuthService/WatchEvents",
} as const;

export const getMessage = (id: string): Uint8Array =>
  toBinary(AccessRequestFilterSchema, create(AccessRequestFilterSchema, { ID: id }));

export const firstPageMessage = (limit: number): Uint8Array =>
  toBinary(ListAccessRequestsRequestSchema, create(ListAccessRequestsRequestSchema, { Limit: limit }));

export const watchMessage = (): Uint8Array =>
  toBinary(WatchSchema, create(WatchSchema, { Kinds: [{ Kind: "access_request" }] }));

export const createMessage = (user: string): Uint8Array =>
  toBinary(
    AccessRequestV3Schema,
    create(AccessRequestV3Schema, {
      Kind: "access_request",
      Version: "v3",
      Spec: { User: user, Roles: ["dev"], RequestReason: "incident 4711: the disk of db-3 is full" },
    }),
  );

/** Asks for certificates, both where nothing is said, for keys that nobody has asked for before. */
export const certsMessage = (user: string, kinds: "SSH" | "X.509" | "X.509 and SSH" = "X.509 and SSH") =>
  toBinary(
    UserCertsRequestSchema,
    create(UserCertsRequestSchema, {
      Username: user,
      ...(kinds === "SSH" ? {} : { TLSPublicKey: newTlsKey() }),
      ...(kinds === "X.509" ? {} : { SSHPublicKey: newSshKey() }),
    }),
  );

const p256Prefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
const sshPrefix = Buffer.from("0000000b7373682d6564323535313900000020", "hex");

/** P-256, as PEM. */
function newTlsKey(): Buffer {
  const point = createECDH("prime256v1").generateKeys();
  return Buffer.from(encodePem("PUBLIC KEY", Buffer.concat([p256Prefix, point])));
}

/** Ed25519, as a line of the authorized_keys form. */
function newSshKey(): Buffer {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return Buffer.from(`ssh-ed25519 ${Buffer.concat([sshPrefix, raw]).toString("base64")}\n`);
}
