// The points of Edwards25519 whose order divides 8, as they are encoded, also those that are not reduced (RFC 8032,
// section 5.1.2). The sign of x, the highest bit, is left out.
const points: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/**
 * True for an Ed25519 public key of small order (32 octets). Anybody can make signatures that some verifiers, Go's
 * among them, accept for such a key, so what is bound to it is bound to nobody.
 */
export function isSmallOrder(key: Uint8Array): boolean {
  const octets = Buffer.from(key);
  octets[31] = (octets[31] ?? 0) & 0x7f;
  return points.has(octets.toString("hex"));
}
