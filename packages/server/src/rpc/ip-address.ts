/** The address of an `ip:port` or `[ip]:port`. */
export const ipOf = (remoteAddress: string): string =>
  remoteAddress.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");

/**
 * The one way in which an address is written, so that two of them can be compared: IPv6 as RFC 5952 has it, and what a
 * listener or a load balancer for both families calls `::ffff:192.0.2.1` as IPv4. What is no address stays as it is.
 */
export function canonicalIp(ip: string): string {
  if (!ip.includes(":")) return isDotted(ip) ? ip.split(".").map(Number).join(".") : ip;
  const host = URL.parse(`http://[${ip}]/`)?.hostname;
  if (host === undefined) return ip;
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return host.slice(1, -1);
  return [high, low].flatMap((group) => octetsOf(Number.parseInt(group, 16))).join(".");
}

const isDotted = (text: string) => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
const octetsOf = (group: number) => [group >> 8, group & 0xff];

/** Below it no host has a network: the address of the host itself. */
const NO_NETWORK = "0:0:0:0";

/**
 * What one host may have all of, for limits by source: an address of IPv4, and of IPv6 the network of 64 bits.
 */
export function networkOf(ip: string): string {
  const plain = canonicalIp(ip.split("%", 1)[0] ?? "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const network = [...first, ...Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":");
  return network === NO_NETWORK ? plain : network;
}
