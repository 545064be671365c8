import { encodeOid } from "../der/oid.ts";
import { tag } from "../der/tag.ts";
import { element, headerSize, setOf, writeHeader } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import type { Name, NameAttribute } from "./name.ts";
import { isPrintable } from "./printable-string.ts";

/** Largest encoded name that is written or read, in bytes: one that a TLS peer still accepts. */
export const maxNameBytes = 64 * 1024;

/**
 * DER of a distinguished name. A value is written as PrintableString where its characters allow (letters, digits,
 * space and `'()+,-./:=?`), otherwise as UTF8String; the attributes of a set are DER-sorted.
 *
 * @throws X509Error INVALID for an empty set, control characters or text that is not valid Unicode; TOO_LARGE.
 */
export function encodeName(name: Name): Buffer {
  let total = 0;
  const rdns = name.map((rdn) => {
    if (rdn.length === 0) throw new X509Error("INVALID", "a set of name attributes is empty");
    const encoded = setOf(rdn.map(encodeAttribute));
    total += encoded.length;
    if (total > maxNameBytes) throw new X509Error("TOO_LARGE", `the name exceeds ${maxNameBytes} bytes`);
    return encoded;
  });
  return element(tag.sequence, ...rdns);
}

function encodeAttribute({ oid, value }: NameAttribute): Buffer {
  const oidBytes = encodeOid(oid);
  const printable = isPrintable(value);
  if (!printable) checkText(oid, value);
  const textLength = printable ? value.length : Buffer.byteLength(value);
  if (textLength > maxNameBytes)
    throw new X509Error("TOO_LARGE", `the value of attribute ${oid} is too long`);
  const length = oidBytes.length + headerSize(textLength) + textLength;
  const out = Buffer.allocUnsafe(headerSize(length) + length);
  let at = writeHeader(out, 0, tag.sequence, length);
  out.set(oidBytes, at);
  at = writeHeader(out, at + oidBytes.length, printable ? tag.printableString : tag.utf8String, textLength);
  out.write(value, at, printable ? "latin1" : "utf8");
  return out;
}

const controlCharacter = /\p{Cc}/u;

function checkText(oid: string, value: string): void {
  if (!value.isWellFormed()) {
    throw new X509Error("INVALID", `the value of attribute ${oid} is not valid Unicode`);
  }
  if (controlCharacter.test(value)) {
    throw new X509Error("INVALID", `the value of attribute ${oid} has a control character`);
  }
}
