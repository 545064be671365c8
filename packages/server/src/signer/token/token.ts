import { createHash } from "node:crypto";
import type { TokenKeyWish } from "../signer.ts";
import { ecdsaToDer, ecSpki, rsaDigestInfo, rsaSpki } from "./encodings.ts";
import { newKeyId } from "./key-id.ts";
import { type KeyLabel, labelOf, readLabel } from "./key-label.ts";
import type { Attribute, Pkcs11 } from "./pkcs11.ts";
import { SessionPool } from "./session-pool.ts";
import { TokenError } from "./token-error.ts";

// Numbers of PKCS#11 2.40, `pkcs11t.h`.
const cka = {
  class: 0x0,
  token: 0x1,
  private: 0x2,
  label: 0x3,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  sign: 0x108,
  verify: 0x10a,
  modulus: 0x120,
  modulusBits: 0x121,
  publicExponent: 0x122,
  extractable: 0x162,
  ecParams: 0x180,
  ecPoint: 0x181,
} as const;
const PUBLIC_KEY = ulong(2);
const PRIVATE_KEY = ulong(3);
const ckk = { rsa: 0, ec: 3 };
const ckm = { rsaKeyPair: 0x0, rsa: 0x1, ecKeyPair: 0x1040, ecdsa: 0x1041 };
const P256 = Buffer.from("06082a8648ce3d030107", "hex");
const EXPONENT = Buffer.from([1, 0, 1]);

/** A private key in the token, with what it was made for. */
export interface TokenKey extends KeyLabel {
  readonly handle: number;
  readonly kind: "rsa" | "ec";
}

/** A key of ours, as the token knows it. */
export interface ListedKey extends KeyLabel {
  readonly keyId: string;
  readonly kind: TokenKey["kind"];
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
}

/** An open session with a token. It makes keys that cannot leave, and signs with them. */
export class Token {
  readonly #module: Pkcs11;
  readonly #session: number;
  readonly #aside: SessionPool | undefined;
  readonly #keys = new Map<string, TokenKey>();

  /** With further sessions signatures are made in them, side by side. */
  constructor(module: Pkcs11, session: number, further: readonly number[] = []) {
    this.#module = module;
    this.#session = session;
    this.#aside = further.length === 0 ? undefined : new SessionPool(further);
  }

  generate(wish: TokenKeyWish, now: number): { keyId: string; spki: Buffer } {
    const id = newKeyId(now);
    const label = Buffer.from(labelOf(wish));
    const shared = [yes(cka.token), { type: cka.id, value: id }, { type: cka.label, value: label }];
    const isRsa = wish.algorithm === "rsa-2048";
    const publicPart = isRsa
      ? [
          { type: cka.modulusBits, value: ulong(2048) },
          { type: cka.publicExponent, value: EXPONENT },
        ]
      : [{ type: cka.ecParams, value: P256 }];
    const { publicKey } = this.#module.generateKeyPair(
      this.#session,
      isRsa ? ckm.rsaKeyPair : ckm.ecKeyPair,
      [...shared, yes(cka.verify), ...publicPart],
      [...shared, yes(cka.private), yes(cka.sensitive), no(cka.extractable), yes(cka.sign)],
    );
    return { keyId: id.toString("hex"), spki: isRsa ? this.#rsaSpki(publicKey) : this.#ecSpki(publicKey) };
  }

  /** Throws TokenError "no key". */
  key(keyId: string): TokenKey {
    const known = this.#keys.get(keyId);
    if (known !== undefined) return known;
    const found = this.#find(keyId);
    this.#keys.set(keyId, found);
    return found;
  }

  /** Those that this program made, for whichever cluster. */
  list(): readonly ListedKey[] {
    const handles = this.#module.findAll(this.#session, [{ type: cka.class, value: PRIVATE_KEY }]);
    return handles.flatMap((handle) => {
      if (readLabel(this.#read(handle, cka.label).toString("utf8")) === undefined) return [];
      const keyId = this.#read(handle, cka.id).toString("hex");
      const key = this.key(keyId);
      const { use, caType, clusterName, kind } = key;
      return [{ keyId, use, caType, clusterName, kind, spki: this.publicHalf(keyId, key) }];
    });
  }

  /** Both halves of a key that this program made, for good. Throws TokenError "no key". */
  destroy(keyId: string): void {
    const { handle } = this.key(keyId);
    const wanted = [
      { type: cka.class, value: PUBLIC_KEY },
      { type: cka.id, value: Buffer.from(keyId, "hex") },
    ];
    this.#keys.delete(keyId);
    this.#module.destroy(this.#session, handle);
    for (const object of this.#module.find(this.#session, wanted))
      this.#module.destroy(this.#session, object);
  }

  /** SubjectPublicKeyInfo of a key, DER. */
  publicHalf(keyId: string, { kind }: TokenKey): Buffer {
    const wanted = [
      { type: cka.class, value: PUBLIC_KEY },
      { type: cka.id, value: Buffer.from(keyId, "hex") },
    ];
    const [object, other] = this.#module.find(this.#session, wanted);
    if (object === undefined || other !== undefined) {
      throw new TokenError("no key", `the token has not one public key ${keyId}`);
    }
    return kind === "rsa" ? this.#rsaSpki(object) : this.#ecSpki(object);
  }

  async sign({ kind, handle }: TokenKey, digest: "sha256" | "sha512", bytes: Uint8Array): Promise<Buffer> {
    const hash = createHash(digest).update(bytes).digest();
    if (kind === "rsa") return this.#sign(ckm.rsa, handle, rsaDigestInfo(digest, hash));
    return ecdsaToDer(await this.#sign(ckm.ecdsa, handle, hash));
  }

  async #sign(mechanism: number, handle: number, data: Buffer): Promise<Buffer> {
    if (this.#aside === undefined) return this.#module.sign(this.#session, mechanism, handle, data);
    return this.#aside.use((session) => this.#module.signAside(session, mechanism, handle, data));
  }

  #find(keyId: string): TokenKey {
    const wanted = [
      { type: cka.class, value: PRIVATE_KEY },
      { type: cka.id, value: Buffer.from(keyId, "hex") },
    ];
    const [handle, other] = this.#module.find(this.#session, wanted);
    if (handle === undefined) throw new TokenError("no key", `the token has no key ${keyId}`);
    if (other !== undefined) throw new TokenError("refused", `the token has two keys ${keyId}`);
    const label = readLabel(this.#read(handle, cka.label).toString("utf8"));
    if (label === undefined) throw new TokenError("refused", `key ${keyId} of the token is none of ours`);
    const kind = Number(this.#read(handle, cka.keyType).readBigUInt64LE());
    if (kind !== ckk.rsa && kind !== ckk.ec)
      throw new TokenError("refused", `key ${keyId} is of another kind`);
    return { ...label, handle, kind: kind === ckk.rsa ? "rsa" : "ec" };
  }

  #rsaSpki(object: number): Buffer {
    return rsaSpki(this.#read(object, cka.modulus), this.#read(object, cka.publicExponent));
  }

  #ecSpki(object: number): Buffer {
    return ecSpki(this.#read(object, cka.ecPoint));
  }

  #read(object: number, type: number): Buffer {
    return this.#module.attribute(this.#session, object, type);
  }
}

/** CK_ULONG of 64-bit Unix systems, which are little endian wherever there are modules for them. */
function ulong(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const yes = (type: number): Attribute => ({ type, value: Buffer.from([1]) });
const no = (type: number): Attribute => ({ type, value: Buffer.from([0]) });
