import { canonicalIp } from "../ip-address.ts";

/**
 * The PROXY protocol, versions 1 and 2: a load balancer tells the address of the client before the first byte of
 * the client. Only unsigned headers are read; a signed one is refused, since we could not check its signature.
 */
export type ProxyMode = "on" | "off" | "unset";

export interface ProxyAddress {
  readonly ip: string;
  readonly port: number;
}

export type ProxyHeader =
  /** Not enough bytes to tell. */
  | { readonly kind: "incomplete" }
  | { readonly kind: "none" }
  /** `address` is undefined for UNKNOWN and LOCAL, which change nothing. */
  | { readonly kind: "header"; readonly bytes: number; readonly address: ProxyAddress | undefined }
  | { readonly kind: "refused"; readonly because: string };

const V1_PREFIX = Buffer.from("PROXY ");
const V1_MAX_BYTES = 107;
const V2_SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const V2_FIXED_BYTES = 16;
/** Room for addresses and the few TLVs that load balancers add. */
const V2_MAX_BODY_BYTES = 2048;
/** TLV that carries a signature of a Teleport proxy. */
const TLV_SIGNED = 0xe4;

/** Reads a header from the start of `bytes`. Never throws. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const length = bytes.length;
  if (V1_PREFIX.subarray(0, length).equals(bytes.subarray(0, V1_PREFIX.length))) {
    return length < V1_PREFIX.length ? { kind: "incomplete" } : parseV1(bytes);
  }
  if (V2_SIGNATURE.subarray(0, length).equals(bytes.subarray(0, V2_SIGNATURE.length))) {
    return length < V2_FIXED_BYTES ? { kind: "incomplete" } : parseV2(bytes);
  }
  return { kind: "none" };
}

const refused = (because: string): ProxyHeader => ({ kind: "refused", because });

function parseV1(bytes: Buffer): ProxyHeader {
  const end = bytes.indexOf("\r\n");
  if (end < 0 && bytes.length < V1_MAX_BYTES) return { kind: "incomplete" };
  if (end < 0 || end + 2 > V1_MAX_BYTES) return refused("the PROXY v1 line is too long");
  const [, family, source, target, sourcePort, targetPort, ...rest] = bytes
    .toString("latin1", 0, end)
    .split(" ");
  if (family === "UNKNOWN") return { kind: "header", bytes: end + 2, address: undefined };
  const ip = parseIpText(family, source);
  const port = parsePortText(sourcePort);
  const targetIsValid = parseIpText(family, target) !== undefined && parsePortText(targetPort) !== undefined;
  if (ip === undefined || port === undefined || !targetIsValid || rest.length > 0) {
    return refused("the PROXY v1 line is malformed");
  }
  return { kind: "header", bytes: end + 2, address: { ip, port } };
}

function parseIpText(family: string | undefined, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (family === "TCP4") return isIpv4(text) ? canonicalIp(text) : undefined;
  if (family === "TCP6") return isIpv6(text) ? canonicalIp(text) : undefined;
  return undefined;
}

const isIpv4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);

const isIpv6 = (text: string): boolean =>
  text.includes(":") && /^[0-9a-fA-F:.]{2,45}$/.test(text) && URL.canParse(`http://[${text}]/`);

function parsePortText(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

function parseV2(bytes: Buffer): ProxyHeader {
  const [versionAndCommand, familyAndTransport] = [bytes.readUInt8(12), bytes.readUInt8(13)];
  const bodyBytes = bytes.readUInt16BE(14);
  if (versionAndCommand >> 4 !== 2) return refused("the PROXY v2 header has an unknown version");
  if (bodyBytes > V2_MAX_BODY_BYTES) return refused("the PROXY v2 header is too long");
  const end = V2_FIXED_BYTES + bodyBytes;
  if (bytes.length < end) return { kind: "incomplete" };
  const command = versionAndCommand & 0x0f;
  if (command > 1) return refused("the PROXY v2 header has an unknown command");
  const body = bytes.subarray(V2_FIXED_BYTES, end);
  const read = readV2Address(familyAndTransport, body);
  if (read === undefined) return refused("the PROXY v2 header has a malformed address");
  const tlvs = listTlvTypes(body.subarray(read.bytes));
  if (tlvs === undefined) return refused("the PROXY v2 header has malformed fields");
  if (tlvs.includes(TLV_SIGNED)) return refused("signed PROXY headers are not supported");
  return { kind: "header", bytes: end, address: command === 0 ? undefined : read.address };
}

interface V2Address {
  readonly bytes: number;
  readonly address: ProxyAddress | undefined;
}

function readV2Address(familyAndTransport: number, body: Buffer): V2Address | undefined {
  if (familyAndTransport === 0x11 && body.length >= 12) {
    const ip = [...body.subarray(0, 4)].join(".");
    return { bytes: 12, address: { ip, port: body.readUInt16BE(8) } };
  }
  if (familyAndTransport === 0x21 && body.length >= 36) {
    const ip = canonicalIp(ipv6Groups(body.subarray(0, 16)));
    return { bytes: 36, address: { ip, port: body.readUInt16BE(32) } };
  }
  if (familyAndTransport === 0x00) return { bytes: 0, address: undefined };
  return undefined;
}

const ipv6Groups = (raw: Buffer): string =>
  Array.from({ length: 8 }, (_, index) => raw.readUInt16BE(index * 2).toString(16)).join(":");

function listTlvTypes(bytes: Buffer): number[] | undefined {
  const types: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined;
    types.push(bytes.readUInt8(at));
    at += 3 + bytes.readUInt16BE(at + 1);
  }
  return at === bytes.length ? types : undefined;
}
