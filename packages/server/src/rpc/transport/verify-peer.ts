import type { TLSSocket } from "node:tls";

export interface HandshakeInfo {
  readonly serverName: string | undefined;
  readonly remoteAddress: string;
  readonly remoteIp: string;
  readonly remotePort: number;
}

export type PeerVerdict =
  | {
      readonly ok: true;
      readonly peer: unknown;
      /** When what was proved ends; undefined = never. */
      readonly expiresAt?: number | undefined;
    }
  | { readonly ok: false; readonly because: string };

/**
 * Decides about the certificate that a client presented (DER, leaf first; undefined = none). OpenSSL has checked
 * that the client holds the key, and nothing else. The leaf must be issued by a CA itself: intermediates that a
 * client sends along are not handed on by the runtime, so they can never help.
 */
export type VerifyPeer = (
  certificates: readonly Buffer[] | undefined,
  info: HandshakeInfo,
) => PeerVerdict | Promise<PeerVerdict>;

function presentedCertificates(socket: TLSSocket): Buffer[] | undefined {
  const leaf = socket.getPeerX509Certificate();
  return leaf === undefined ? undefined : [leaf.raw];
}

/** A certificate that was presented and fails is never treated as none: the connection ends. */
export async function decidePeer(
  verifyPeer: VerifyPeer,
  socket: TLSSocket,
  info: HandshakeInfo,
): Promise<PeerVerdict> {
  const certificates = presentedCertificates(socket);
  const verdict = await verifyPeer(certificates, info);
  if (certificates === undefined && verdict.ok && verdict.peer !== undefined) {
    return { ok: false, because: "an identity was found where no certificate was presented" };
  }
  if (certificates !== undefined && verdict.ok && verdict.peer === undefined) {
    return { ok: false, because: "a certificate was presented and no identity was found" };
  }
  return verdict;
}
