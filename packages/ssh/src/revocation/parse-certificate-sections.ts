import { parsePublicKeyBlob, type SshPublicKey } from "../keys/public-key.ts";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { keyText } from "./key-blob.ts";
import type { KrlCertificates } from "./krl.ts";
import { certificateSection, maxKrlBytes } from "./krl-section.ts";
import { readOptionalExtension } from "./optional-extension.ts";
import { readSerialBitmap, readSerialList, readSerialRange } from "./parse-serials.ts";
import type { SerialRange } from "./serial-runs.ts";
import { SerialSet } from "./serial-set.ts";

// A bitmap of 2 KiB may name 8,192 ranges, so the size of the list alone bounds too little.
const maxEntries = 2_100_000;
const maxPending = 256 * 1024;

interface Authority {
  readonly ca: SshPublicKey | undefined;
  readonly serials: SerialSet;
  /** Numbers on their way to `serials`, which takes many at once far faster than each alone. */
  readonly pending: (bigint | SerialRange)[];
  readonly keyIds: Set<string>;
}

/** Gathers the certificate sections of one list, those of the same CA together. */
export class CertificateSections {
  readonly #authorities = new Map<string, Authority>();
  #entries = 0;

  read(body: WireReader): void {
    const blob = body.string();
    body.string();
    const authority = this.#authority(blob);
    while (!body.done) {
      const type = body.bytes(1)[0] ?? 0;
      const content = new WireReader(body.string(), maxKrlBytes);
      if (type === certificateSection.keyId) this.#readKeyIds(content, authority);
      else if (type === certificateSection.extension) readOptionalExtension(content);
      else this.#readSerials(type, content, authority);
      content.end();
    }
  }

  finish(): KrlCertificates[] {
    const all = [...this.#authorities.values()];
    for (const authority of all) flush(authority);
    return all.map(({ ca, serials, keyIds }) => ({ ca, serials, keyIds }));
  }

  #authority(blob: Buffer): Authority {
    const text = keyText(blob);
    const known = this.#authorities.get(text);
    if (known !== undefined) return known;
    const ca = blob.length === 0 ? undefined : parsePublicKeyBlob(blob);
    const made = { ca, serials: new SerialSet(), pending: [], keyIds: new Set<string>() };
    this.#authorities.set(text, made);
    return made;
  }

  #readSerials(type: number, content: WireReader, authority: Authority): void {
    const read = readers.get(type);
    if (read === undefined) {
      throw new SshError(
        "UNSUPPORTED",
        `the key revocation list has a certificate section of unknown type ${type}`,
      );
    }
    for (const one of read(content)) {
      this.#count();
      authority.pending.push(one);
    }
    if (authority.pending.length > maxPending) flush(authority);
  }

  #readKeyIds(content: WireReader, { keyIds }: Authority): void {
    if (content.done)
      throw new SshError("MALFORMED", "the key revocation list is malformed: a section is empty");
    while (!content.done) {
      this.#count();
      keyIds.add(content.text());
    }
  }

  #count(): void {
    if (++this.#entries > maxEntries)
      throw new SshError("TOO_LARGE", "the key revocation list has too many entries");
  }
}

function flush({ serials, pending }: Authority): void {
  serials.add(pending.splice(0));
}

const readers = new Map<number, (reader: WireReader) => Iterable<bigint | SerialRange>>([
  [certificateSection.serialList, readSerialList],
  [certificateSection.serialRange, readSerialRange],
  [certificateSection.serialBitmap, readSerialBitmap],
]);
