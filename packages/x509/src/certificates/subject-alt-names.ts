import { DerReader } from "../der/der-reader.ts";
import { contextPrimitive } from "../der/tag.ts";
import { element, sequence } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import { decodeIp, encodeIp } from "./ip-address.ts";

/** Names of a certificate other than its subject (RFC 5280 section 4.2.1.6); each list may be left out. */
export interface SubjectAltNames {
  readonly dns?: readonly string[];
  /** IPv4 or IPv6 addresses as text. */
  readonly ip?: readonly string[];
  readonly uri?: readonly string[];
}

const dnsTag = contextPrimitive(2);
const uriTag = contextPrimitive(6);
const ipTag = contextPrimitive(7);
const dnsName = /^(?=.{1,255}$)(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
/** As long as a SPIFFE ID may be. */
const uriText = /^(?=.{1,2048}$)[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/;

/**
 * Value of the extension, or undefined where there is no name.
 *
 * @throws X509Error INVALID for a DNS name, address or URI that is not one.
 */
export function encodeSubjectAltNames(sans: SubjectAltNames): Buffer | undefined {
  const names = [
    ...(sans.dns ?? []).map((name) => element(dnsTag, ascii(name, dnsName, "DNS name"))),
    ...(sans.ip ?? []).map((address) => element(ipTag, encodeIp(address))),
    ...(sans.uri ?? []).map((uri) => element(uriTag, ascii(uri, uriText, "URI"))),
  ];
  return names.length === 0 ? undefined : sequence(...names);
}

function ascii(text: string, pattern: RegExp, kind: string): Buffer {
  if (!pattern.test(text)) {
    throw new X509Error("INVALID", `${JSON.stringify(text.slice(0, 256))} is not a ${kind}`);
  }
  return Buffer.from(text, "latin1");
}

/** Reads the value of the extension; names of other kinds are passed over. */
export function decodeSubjectAltNames(der: Uint8Array): Required<SubjectAltNames> {
  const outer = new DerReader(der);
  const reader = outer.enter();
  outer.end();
  const dns: string[] = [];
  const ip: string[] = [];
  const uri: string[] = [];
  while (!reader.done) {
    const name = reader.read();
    if (name.tag === dnsTag) dns.push(printableAscii(name.content));
    else if (name.tag === uriTag) uri.push(printableAscii(name.content));
    else if (name.tag === ipTag) ip.push(decodeIp(name.content));
  }
  return { dns, ip, uri };
}

function printableAscii(bytes: Uint8Array): string {
  if (!bytes.every((byte) => byte > 0x20 && byte < 0x7f)) {
    throw new X509Error("MALFORMED", "a subject alternative name has characters that do not belong there");
  }
  return Buffer.from(bytes).toString("latin1");
}
