import { X509Error } from "../x509-error.ts";
import { tag } from "./tag.ts";
import { element } from "./write-der.ts";

const encoded = new Map<string, Buffer>();
const decoded = new Map<string, string>();
const cacheLimit = 512;
const maxContentBytes = 64;

/**
 * OBJECT IDENTIFIER element of a dotted string such as `2.5.4.3` (X.690 section 8.19).
 *
 * @throws X509Error INVALID where the string is not an object identifier.
 */
export function encodeOid(dotted: string): Buffer {
  const known = encoded.get(dotted);
  if (known !== undefined) return known;
  const made = element(tag.oid, encodeArcs(dotted));
  if (encoded.size < cacheLimit) encoded.set(dotted, made);
  return made;
}

function encodeArcs(dotted: string): Uint8Array {
  if (dotted.length > 128 || !/^[012](\.(0|[1-9][0-9]*))+$/.test(dotted)) {
    throw new X509Error("INVALID", `${JSON.stringify(dotted.slice(0, 128))} is not an object identifier`);
  }
  const [root = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  if (root < 2n && second > 39n) {
    throw new X509Error("INVALID", `the second arc of ${dotted} is above 39`);
  }
  const out = [root * 40n + second, ...rest].flatMap(base128);
  if (out.length > maxContentBytes) throw new X509Error("INVALID", `${dotted} is too long`);
  return Uint8Array.from(out);
}

function base128(arc: bigint): number[] {
  const digits = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) digits.unshift(Number(rest & 0x7fn) | 0x80);
  return digits;
}

/**
 * Dotted string of the content octets of an OBJECT IDENTIFIER.
 *
 * @throws X509Error MALFORMED where an arc is cut off or not minimal.
 */
export function decodeOid(content: Uint8Array): string {
  if (content.length === 0 || content.length > maxContentBytes) throw malformed();
  const key = Buffer.from(content.buffer, content.byteOffset, content.length).toString("latin1");
  const known = decoded.get(key);
  if (known !== undefined) return known;
  const made = decodeArcs(content);
  if (decoded.size < cacheLimit) decoded.set(key, made);
  return made;
}

function decodeArcs(content: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw malformed();
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    fresh = byte < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  if (!fresh) throw malformed();
  const [head = 0n, ...rest] = arcs;
  const root = head < 40n ? 0n : head < 80n ? 1n : 2n;
  return [root, head - root * 40n, ...rest].join(".");
}

function malformed(): X509Error {
  return new X509Error("MALFORMED", "an object identifier is malformed");
}
