import type { SshPublicKey } from "../keys/public-key.ts";
import { parsePublicKeyBlob } from "../keys/public-key.ts";
import { SshError } from "../ssh-error.ts";
import { wireString, wireUint32, wireUint64 } from "../wire/write-wire.ts";
import { encodeSerials } from "./encode-serials.ts";
import { checkRevocableKey, keyText, parseFingerprint } from "./key-blob.ts";
import { certificateSection, krlFormatVersion, krlMagic, maxKrlBytes, section } from "./krl-section.ts";
import type { SerialRange } from "./serial-runs.ts";
import { SerialSet } from "./serial-set.ts";

/** What changes with each edition of a list. */
export interface KrlEdition {
  /** Goes up each time the list changes. */
  readonly version: bigint;
  /** Milliseconds since 1970, cut to a second. */
  readonly generatedAt: number;
  /** Text that `ssh-keygen -Ql` shows. Default: empty. */
  readonly comment?: string;
}

interface Authority {
  readonly blob: Uint8Array;
  readonly serials: SerialSet;
  readonly keyIds: Set<string>;
}

const maxTextBytes = 4096;

/**
 * A key revocation list that grows (OpenSSH PROTOCOL.krl). Keep it and add to it: what did not change since the last
 * `encode` is not encoded again, and the same content gives the same octets in whatever order it was added.
 */
export class KrlBuilder {
  readonly #authorities = new Map<string, Authority>();
  readonly #keys = new Map<string, Uint8Array>();
  readonly #fingerprints = new Map<string, Buffer>();

  /**
   * Revokes certificates by serial number.
   *
   * @param ca the key that signed them; undefined for those of any CA.
   * @throws SshError INVALID for serial number 0 and numbers beyond 64 bits; UNSUPPORTED where the CA is no plain key.
   */
  revokeSerials(ca: SshPublicKey | undefined, serials: Iterable<bigint | SerialRange>): void {
    this.#authority(ca).serials.add(serials);
  }

  /**
   * Revokes all certificates with these key ids.
   *
   * @throws SshError INVALID for an empty id, which would revoke every certificate that has none, and for one that is
   * too long, has a control character or is not valid Unicode.
   */
  revokeKeyIds(ca: SshPublicKey | undefined, keyIds: Iterable<string>): void {
    const { keyIds: revoked } = this.#authority(ca);
    for (const keyId of keyIds) {
      if (keyId === "")
        throw new SshError("INVALID", "an empty key id would revoke every certificate without one");
      revoked.add(checkText(keyId, "key id"));
    }
  }

  /**
   * Revokes keys, with every certificate that holds one or that one has signed.
   *
   * @throws SshError UNSUPPORTED for a certificate, MALFORMED for what is no key.
   */
  revokeKeys(keys: Iterable<SshPublicKey | Uint8Array>): void {
    for (const key of keys) {
      const blob = key instanceof Uint8Array ? key : key.blob;
      checkRevocableKey(blob);
      this.#keys.set(keyText(blob), blob);
    }
  }

  /**
   * Revokes keys by fingerprints, `SHA256:…` or `SHA1:…` as OpenSSH shows them.
   *
   * @throws SshError INVALID
   */
  revokeFingerprints(fingerprints: Iterable<string>): void {
    for (const text of fingerprints) this.#fingerprints.set(text, parseFingerprint(text).hash);
  }

  /**
   * The list as a file for `RevokedKeys` of sshd_config(5) and `RevokedHostKeys` of ssh_config(5).
   *
   * @throws SshError TOO_LARGE beyond 16 MiB; INVALID for a version, time or comment that cannot be written.
   */
  encode(edition: KrlEdition): Buffer {
    const hashes = (prefix: string) =>
      [...this.#fingerprints].filter(([text]) => text.startsWith(prefix)).map(([, hash]) => hash);
    const list = Buffer.concat([
      encodeHeader(edition),
      ...this.#sortedAuthorities().map(encodeAuthority),
      encodeBlobs(section.explicitKey, [...this.#keys.values()]),
      encodeBlobs(section.fingerprintSha1, hashes("SHA1:")),
      encodeBlobs(section.fingerprintSha256, hashes("SHA256:")),
    ]);
    if (list.length > maxKrlBytes) {
      throw new SshError(
        "TOO_LARGE",
        `the key revocation list takes ${list.length} bytes, ${maxKrlBytes} at most`,
      );
    }
    return list;
  }

  #sortedAuthorities(): Authority[] {
    const all = [...this.#authorities.values()];
    return all
      .filter(({ serials, keyIds }) => serials.rangeCount + keyIds.size > 0)
      .sort((a, b) => Buffer.compare(a.blob, b.blob));
  }

  #authority(ca: SshPublicKey | undefined): Authority {
    const blob = ca?.blob ?? new Uint8Array();
    const text = keyText(blob);
    const known = this.#authorities.get(text);
    if (known !== undefined) return known;
    // The octets decide, whatever the caller's type says: a certificate is never a CA.
    if (ca !== undefined) parsePublicKeyBlob(blob);
    const made = { blob, serials: new SerialSet(), keyIds: new Set<string>() };
    this.#authorities.set(text, made);
    return made;
  }
}

function encodeHeader({ version, generatedAt, comment = "" }: KrlEdition): Buffer {
  if (version < 0n || version >= 1n << 64n)
    throw new SshError("INVALID", "the version of a list has 64 bits");
  const seconds = Math.floor(generatedAt / 1000);
  if (!(Number.isSafeInteger(seconds) && seconds >= 0)) {
    throw new SshError("INVALID", "the time of a list is not one since 1970");
  }
  return Buffer.concat([
    krlMagic,
    wireUint32(krlFormatVersion),
    wireUint64(version),
    wireUint64(BigInt(seconds)),
    wireUint64(0n),
    wireString(),
    wireString(checkText(comment, "comment")),
  ]);
}

function encodeAuthority({ blob, serials, keyIds }: Authority): Buffer {
  const ids = [...keyIds].map((id) => Buffer.from(id)).sort(Buffer.compare);
  return Buffer.concat([
    Uint8Array.of(section.certificates),
    wireString(
      wireString(blob),
      wireString(),
      Buffer.concat(encodeSerials(serials)),
      encodeBlobs(certificateSection.keyId, ids),
    ),
  ]);
}

/** Nothing at all where there is none: a section without members is not allowed. */
function encodeBlobs(type: number, blobs: readonly Uint8Array[]): Buffer {
  if (blobs.length === 0) return Buffer.alloc(0);
  const sorted = [...blobs].sort(Buffer.compare);
  return Buffer.concat([
    Uint8Array.of(type),
    wireString(Buffer.concat(sorted.map((blob) => wireString(blob)))),
  ]);
}

function checkText(text: string, what: string): string {
  if (Buffer.byteLength(text) > maxTextBytes || !text.isWellFormed() || /\p{Cc}/u.test(text)) {
    throw new SshError("INVALID", `the ${what} is too long, has a control character or is not valid Unicode`);
  }
  return text;
}
