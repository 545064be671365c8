import type { SshPublicKey } from "../keys/public-key.ts";
import { KrlBuilder, type KrlEdition } from "./krl-builder.ts";
import type { SerialRange } from "./serial-runs.ts";

/** What a key revocation list is to say, all at once. */
export interface KrlTemplate extends KrlEdition {
  /** Certificates by serial number and key id; without `ca` those of any CA. */
  readonly certificates?: readonly {
    readonly ca?: SshPublicKey;
    readonly serials?: Iterable<bigint | SerialRange>;
    readonly keyIds?: Iterable<string>;
  }[];
  /** Keys, or their wire forms. */
  readonly keys?: Iterable<SshPublicKey | Uint8Array>;
  /** `SHA256:…` or `SHA1:…`, as OpenSSH shows them. */
  readonly fingerprints?: Iterable<string>;
}

/**
 * Writes a key revocation list (OpenSSH PROTOCOL.krl). For a list that grows, keep a `KrlBuilder`.
 *
 * @throws SshError as the methods of `KrlBuilder`.
 */
export function encodeKrl(template: KrlTemplate): Buffer {
  const builder = new KrlBuilder();
  for (const { ca, serials = [], keyIds = [] } of template.certificates ?? []) {
    builder.revokeSerials(ca, serials);
    builder.revokeKeyIds(ca, keyIds);
  }
  builder.revokeKeys(template.keys ?? []);
  builder.revokeFingerprints(template.fingerprints ?? []);
  return builder.encode(template);
}
