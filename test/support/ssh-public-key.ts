import type { KeyObject } from "node:crypto";

/** An `authorized_keys` line of an ECDSA P-256 public key (RFC 5656). */
export function sshPublicKeyLine(publicKey: KeyObject): string {
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const type = "ecdsa-sha2-nistp256";
  const blob = Buffer.concat([type, "nistp256", point].map(withLength));
  return `${type} ${blob.toString("base64")}`;
}

function withLength(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as Buffer);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
