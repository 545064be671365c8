import { isAscii, isUtf8 } from "node:buffer";
import { type DerElement, DerReader } from "../der/der-reader.ts";
import { decodeOid } from "../der/oid.ts";
import { tag } from "../der/tag.ts";
import { X509Error } from "../x509-error.ts";
import { maxNameBytes } from "./encode-name.ts";
import type { Name, NameAttribute } from "./name.ts";
import { isPrintable } from "./printable-string.ts";

/**
 * Reads the DER of a distinguished name. Control characters other than NUL are kept: who gives a value a meaning
 * decides about them.
 *
 * @throws X509Error MALFORMED, TOO_LARGE, or UNSUPPORTED for a string type such as T61String, whose meaning differs
 * between readers.
 */
export function decodeName(der: Uint8Array): Name {
  const outer = new DerReader(der, { maxBytes: maxNameBytes + 8 });
  const rdns = outer.enter();
  outer.end();
  const name: (readonly NameAttribute[])[] = [];
  while (!rdns.done) name.push(readRdn(rdns.enter(tag.set)));
  return name;
}

function readRdn(set: DerReader): readonly NameAttribute[] {
  const attributes: NameAttribute[] = [];
  do {
    const pair = set.enter();
    const oid = decodeOid(pair.read(tag.oid).content);
    attributes.push({ oid, value: decodeString(pair.read()) });
    pair.end();
  } while (!set.done);
  return attributes;
}

function decodeString({ tag: type, content }: DerElement): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const text = readers.get(type)?.(bytes);
  if (text === undefined)
    throw new X509Error("UNSUPPORTED", `a name has a value of type 0x${type.toString(16)}`);
  if (text.includes("\0")) throw new X509Error("MALFORMED", "a name has a value with a NUL character");
  return text;
}

const readers: ReadonlyMap<number, (bytes: Buffer) => string> = new Map([
  [tag.utf8String, (bytes: Buffer) => valid(isUtf8(bytes), bytes.toString("utf8"))],
  [tag.printableString, readPrintable],
  [tag.ia5String, (bytes: Buffer) => valid(isAscii(bytes), bytes.toString("latin1"))],
  [tag.numericString, (bytes: Buffer) => matching(bytes, /^[0-9 ]*$/)],
  [tag.bmpString, readBmp],
]);

function readPrintable(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  // Issuers in the wild also write `*`, `&`, `@` and `_` here; such a text is still unambiguous ASCII.
  return isPrintable(text) ? text : matching(bytes, /^[\x20-\x7e]*$/);
}

function readBmp(bytes: Buffer): string {
  const isWhole = bytes.length % 2 === 0;
  const text = isWhole ? Buffer.from(bytes).swap16().toString("utf16le") : "";
  return valid(isWhole && text.isWellFormed(), text);
}

function matching(bytes: Buffer, pattern: RegExp): string {
  const text = bytes.toString("latin1");
  return valid(pattern.test(text), text);
}

function valid(isValid: boolean, text: string): string {
  if (!isValid) throw new X509Error("MALFORMED", "a name has a value with characters outside its type");
  return text;
}
