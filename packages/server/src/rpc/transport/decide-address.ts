import type { ProxyAddress, ProxyHeader, ProxyMode } from "./proxy-header.ts";

export interface PeerAddresses {
  readonly remote: ProxyAddress;
  readonly localIp: string;
}

export type AddressDecision =
  | { readonly ok: true; readonly address: ProxyAddress }
  | { readonly ok: false; readonly because: string };

/** Which address a connection has, by the mode and by the header that came, if one did. */
export function decideAddress(
  mode: ProxyMode,
  header: Extract<ProxyHeader, { kind: "none" | "header" }>,
  peer: PeerAddresses,
): AddressDecision {
  if (header.kind === "none") {
    // A process on this very host reaches the port without the load balancer, so nothing is required of it.
    if (mode !== "on" || peer.remote.ip === peer.localIp) return { ok: true, address: peer.remote };
    return { ok: false, because: "a PROXY header is required here (proxy_protocol: on) and none came" };
  }
  if (mode === "off")
    return { ok: false, because: "a PROXY header came and none is expected (proxy_protocol: off)" };
  const address = header.address ?? peer.remote;
  if (mode === "on") return { ok: true, address };
  // Nobody said that a load balancer is in front, so anybody can claim any address: port 0 marks it as unproven.
  return { ok: true, address: header.address === undefined ? peer.remote : { ip: address.ip, port: 0 } };
}
