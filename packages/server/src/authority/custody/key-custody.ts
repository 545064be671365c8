import { createPublicKey, type KeyObject } from "node:crypto";
import { AppError } from "@sallyport/api";
import {
  type JWTKeyPair,
  PrivateKeyType,
  type SSHKeyPair,
  type TLSKeyPair,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { encodePrivateKeyFile, parsePrivateKeyFile, parsePublicKeyLine, toKeyObject } from "@sallyport/ssh";
import {
  type Certificate,
  encodePrivateKeyPem,
  generateKey,
  parsePrivateKeyPem,
  parsePublicKey,
  type SigningKey,
} from "@sallyport/x509";
import type { TokenSigner } from "../../signer/index.ts";
import type { CaType, KeyUse } from "../ca-types.ts";
import type { KeyAlgorithm } from "../signature-suite.ts";
import { readReference, tokenKey, writeReference } from "./token-key.ts";

interface KeyWish {
  readonly algorithm: KeyAlgorithm;
  readonly use: KeyUse;
  readonly type: CaType;
  readonly clusterName: string;
}

/** A new key: what signs with it now, and what of it is stored beside its public half. */
export interface MadeKey {
  readonly key: SigningKey;
  readonly stored: Uint8Array;
  readonly storedAs: PrivateKeyType;
}

/** Where keys of authorities live. Those that are stored say themselves where they are, so both kinds are used at once. */
export interface KeyCustody {
  make(wish: KeyWish): Promise<MadeKey>;
  tls(pair: TLSKeyPair, certificate: Certificate): SigningKey;
  ssh(pair: SSHKeyPair): SigningKey;
  jwt(pair: JWTKeyPair): SigningKey;
}

/** New keys are made in the token where there is one, and else in this process. */
export function createCustody(token?: TokenSigner): KeyCustody {
  const stored = (
    bytes: Uint8Array,
    kind: PrivateKeyType,
    read: (text: string) => KeyObject,
    half: () => KeyObject,
  ) => {
    if (kind === PrivateKeyType.RAW) return read(text(bytes));
    if (kind !== PrivateKeyType.PKCS11) throw elsewhere("a key service that this version does not know");
    if (token === undefined) throw elsewhere("a PKCS#11 token, and auth_service.ca_key_params names none");
    return tokenKey(token, readReference(bytes), half());
  };
  return {
    make: (wish) => (token === undefined ? makeHere(wish) : makeInToken(token, wish)),
    tls: ({ Key, KeyType }, { spki }) => stored(Key, KeyType, parsePrivateKeyPem, () => parsePublicKey(spki)),
    ssh: ({ PrivateKey, PrivateKeyType: kind, PublicKey }) =>
      stored(PrivateKey, kind, parsePrivateKeyFile, () => toKeyObject(parsePublicKeyLine(text(PublicKey)))),
    jwt: ({ PrivateKey, PrivateKeyType: kind, PublicKey }) =>
      stored(PrivateKey, kind, parsePrivateKeyPem, () => parsePublicKey(text(PublicKey))),
  };
}

async function makeHere({ algorithm, use }: KeyWish): Promise<MadeKey> {
  const { privateKey } = await generateKey(algorithm);
  const file = use === "ssh" ? encodePrivateKeyFile(privateKey) : encodePrivateKeyPem(privateKey);
  return { key: privateKey, stored: Buffer.from(file), storedAs: PrivateKeyType.RAW };
}

async function makeInToken(token: TokenSigner, wish: KeyWish): Promise<MadeKey> {
  const { algorithm, use, type: caType, clusterName } = wish;
  if (algorithm === "ed25519") throw new AppError("INTERNAL", "tokens are not asked for keys of Ed25519");
  const { keyId, spki } = await token.generate({ algorithm, use, caType, clusterName });
  const half = createPublicKey({ key: spki, format: "der", type: "spki" });
  return {
    key: tokenKey(token, keyId, half),
    stored: writeReference(keyId),
    storedAs: PrivateKeyType.PKCS11,
  };
}

const elsewhere = (where: string) =>
  new AppError("BAD_PARAMETER", `keys of the authorities are in ${where}`, {
    details: { hint: "Put the section auth_service.ca_key_params.pkcs11 back, or restore the database." },
  });

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
