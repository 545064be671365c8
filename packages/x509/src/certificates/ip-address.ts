import { isIPv4, isIPv6 } from "node:net";
import { X509Error } from "../x509-error.ts";

/**
 * The 4 or 16 octets of an address without a zone.
 *
 * @throws X509Error INVALID where the text is no address.
 */
export function encodeIp(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split(".").map(Number));
  if (!isIPv6(text) || text.includes("%")) {
    throw new X509Error("INVALID", `${JSON.stringify(text.slice(0, 64))} is not an IP address`);
  }
  const [head = "", tail] = text.split("::");
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return Uint8Array.from([...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(part: string): number[] {
  return part === "" ? [] : part.split(":").flatMap(groupValue);
}

function groupValue(group: string): number[] {
  if (!group.includes(".")) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
  return [(a << 8) | b, (c << 8) | d];
}

/** Text of 4 or 16 octets: dotted, or the canonical form of RFC 5952. */
export function decodeIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) throw new X509Error("MALFORMED", "an IP address has neither 4 nor 16 octets");
  const hex = Buffer.from(octets).toString("hex");
  return new URL(`http://[${hex.match(/.{4}/g)?.join(":")}]/`).hostname.slice(1, -1);
}
