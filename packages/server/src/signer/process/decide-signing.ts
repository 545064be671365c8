import { type UnsignedKind, unsignedKind } from "@sallyport/x509";
import type { KeyLabel } from "../token/key-label.ts";

export type SigningVerdict = { readonly allow: true } | { readonly allow: false; readonly because: string };

/** What octets can be taken for. No two of these begin alike. */
export type Shape = "x509" | "ssh" | "token" | "unknown";

/**
 * Whoever may ask for signatures may ask for those that a key was made for, and for no others. An authority has no
 * authorities below it: the one certificate of a CA that a key signs is its own.
 */
export function decideSigning(
  { use, caType }: KeyLabel,
  bytes: Uint8Array,
  publicHalf: () => Uint8Array,
): SigningVerdict {
  const shape = shapeOf(bytes);
  if (wanted(use, caType).includes(shape)) {
    return shape === "x509" ? decideX509(bytes, publicHalf) : { allow: true };
  }
  return {
    allow: false,
    because: `the key is for ${use} of ${caType}, and what is to be signed is ${words[shape]}`,
  };
}

function decideX509(bytes: Uint8Array, publicHalf: () => Uint8Array): SigningVerdict {
  const unsigned = readUnsigned(bytes);
  if (unsigned === undefined) {
    return {
      allow: false,
      because: "what is to be signed is no certificate, revocation list or OCSP response",
    };
  }
  const isOther =
    unsigned.kind === "certificate" && unsigned.isCa && Buffer.compare(unsigned.spki, publicHalf()) !== 0;
  return isOther ? { allow: false, because: "a key does not certify another authority" } : { allow: true };
}

function readUnsigned(bytes: Uint8Array): UnsignedKind | undefined {
  try {
    return unsignedKind(bytes);
  } catch {
    return undefined;
  }
}

function wanted(use: KeyLabel["use"], caType: string): readonly Shape[] {
  if (use === "ssh") return ["ssh"];
  if (use === "jwt") return ["token"];
  // Snowflake knows a database service by the key of this authority, in a token.
  return caType === "db_client" ? ["x509", "token"] : ["x509"];
}

const words: Readonly<Record<Shape, string>> = {
  x509: "of X.509",
  ssh: "of SSH",
  token: "a token",
  unknown: "nothing that is known",
};

/** The first octets of SSHSIG, as of every certificate: a string of its length. */
const sshsig = "SSHSIG";
const certificateType = /^(?:ssh|ecdsa|sk)-[a-z0-9-]{3,50}-cert-v01@openssh\.com$/;

export function shapeOf(bytes: Uint8Array): Shape {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isDerSequence(view)) return "x509";
  if (view.toString("latin1", 0, sshsig.length) === sshsig || isSshCertificate(view)) return "ssh";
  return isToken(view) ? "token" : "unknown";
}

/** One SEQUENCE with nothing behind it. */
function isDerSequence(view: Buffer): boolean {
  const [tag = 0, length = 0] = view;
  if (tag !== 0x30) return false;
  if (length < 0x80) return view.length === length + 2;
  const octets = length & 0x7f;
  if (octets < 1 || octets > 4 || view.length < 2 + octets) return false;
  return view.readUIntBE(2, octets) === view.length - 2 - octets;
}

function isSshCertificate(view: Buffer): boolean {
  if (view.length < 4) return false;
  const length = view.readUInt32BE();
  return length < 100 && certificateType.test(view.toString("latin1", 4, 4 + length));
}

function isToken(view: Buffer): boolean {
  return view.length < 64 * 1024 && /^eyJ[\w-]+\.eyJ[\w-]+$/.test(view.toString("latin1"));
}
