import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { fromKeyObject, SshError, verifySsh, wireMpint, wireString } from "@sallyport/ssh";
import { type Certificate, parsePublicKey, verifySignature, X509Error } from "@sallyport/x509";
import { signatureAlgorithmOf } from "../../packages/x509/src/certificates/signature-algorithm.ts";
import {
  fetchVectors,
  readVectors,
  reasonWithoutVectors,
  type SignatureVector,
  type VectorGroup,
} from "./read-vectors.ts";

/** AlgorithmIdentifiers of certificates, as RFC 4055, 5758 and 8410 write them. */
const identifiers = {
  "ecdsa-sha256": "300a06082a8648ce3d040302",
  "ecdsa-sha384": "300a06082a8648ce3d040303",
  "ecdsa-sha512": "300a06082a8648ce3d040304",
  ed25519: "300506032b6570",
  "rsa-sha256": "300d06092a864886f70d01010b0500",
  "rsa-sha384": "300d06092a864886f70d01010c0500",
  "rsa-sha512": "300d06092a864886f70d01010d0500",
} as const;
type Algorithm = keyof typeof identifiers;

const ofCertificates: readonly (readonly [file: string, algorithm: Algorithm])[] = [
  ["ecdsa_secp256r1_sha256", "ecdsa-sha256"],
  ["ecdsa_secp256r1_sha512", "ecdsa-sha512"],
  ["ecdsa_secp384r1_sha256", "ecdsa-sha256"],
  ["ecdsa_secp384r1_sha384", "ecdsa-sha384"],
  ["ecdsa_secp384r1_sha512", "ecdsa-sha512"],
  ["ecdsa_secp521r1_sha512", "ecdsa-sha512"],
  ["ed25519", "ed25519"],
  ["rsa_signature_2048_sha256", "rsa-sha256"],
  ["rsa_signature_2048_sha384", "rsa-sha384"],
  ["rsa_signature_2048_sha512", "rsa-sha512"],
  ["rsa_signature_3072_sha256", "rsa-sha256"],
  ["rsa_signature_3072_sha384", "rsa-sha384"],
  ["rsa_signature_3072_sha512", "rsa-sha512"],
  ["rsa_signature_4096_sha256", "rsa-sha256"],
  ["rsa_signature_4096_sha384", "rsa-sha384"],
  ["rsa_signature_4096_sha512", "rsa-sha512"],
];

/** Schemes that no certificate is signed with here; the keys are such as are taken. */
const ofOtherSchemes: readonly (readonly [file: string, algorithm: Algorithm])[] = [
  ["rsa_pss_2048_sha256_mgf1_32", "rsa-sha256"],
  ["rsa_pss_3072_sha256_mgf1_32", "rsa-sha256"],
  ["rsa_pss_4096_sha512_mgf1_64", "rsa-sha512"],
  ["ecdsa_secp256r1_sha3_256", "ecdsa-sha256"],
  ["ecdsa_secp256r1_sha256_p1363", "ecdsa-sha256"],
  ["rsa_signature_2048_sha3_256", "rsa-sha256"],
  ["rsa_signature_2048_sha512_256", "rsa-sha512"],
];

const ofUntrustedKeys = [
  "ecdsa_secp256k1_sha256",
  "ecdsa_secp224r1_sha256",
  "ecdsa_brainpoolP256r1_sha256",
  "ed448",
  "dsa_2048_256_sha256",
  "rsa_pss_2048_sha256_mgf1_32_params",
];

const ofSsh: readonly (readonly [file: string, name: string, halfOctets?: number])[] = [
  ["ecdsa_secp256r1_sha256_p1363", "ecdsa-sha2-nistp256", 32],
  ["ecdsa_secp384r1_sha384_p1363", "ecdsa-sha2-nistp384", 48],
  ["ecdsa_secp521r1_sha512_p1363", "ecdsa-sha2-nistp521", 66],
  ["ed25519", "ssh-ed25519"],
  ["rsa_signature_2048_sha256", "rsa-sha2-256"],
  ["rsa_signature_2048_sha512", "rsa-sha2-512"],
  ["rsa_signature_4096_sha256", "rsa-sha2-256"],
  ["rsa_signature_4096_sha512", "rsa-sha2-512"],
];

describe("Wycheproof signatures", { skip: reasonWithoutVectors(), timeout: 400_000 }, () => {
  let folder: string;
  before(() => {
    folder = fetchVectors();
  });

  const bytes = (hex: string) => Buffer.from(hex, "hex");
  const keyOf = ({ publicKeyDer }: VectorGroup) => parsePublicKey(bytes(publicKeyDer));

  /** What is refused with one of our own errors is refused; any other error is a defect. */
  function answer(verify: () => boolean): boolean {
    try {
      return verify();
    } catch (error) {
      assert.ok(error instanceof X509Error || error instanceof SshError, String(error));
      return false;
    }
  }

  function verifyAsCertificate(group: VectorGroup, algorithm: Algorithm) {
    const key = keyOf(group);
    const signatureAlgorithm = signatureAlgorithmOf(bytes(identifiers[algorithm]));
    return ({ msg, sig }: SignatureVector) => {
      const signed = { signatureAlgorithm, tbs: bytes(msg), signature: bytes(sig) } as unknown as Certificate;
      return answer(() => verifySignature(signed, key));
    };
  }

  function judge(
    groups: readonly VectorGroup[],
    verifierOf: (group: VectorGroup) => (one: SignatureVector) => boolean,
  ) {
    const seen = { valid: 0, invalid: 0, acceptable: 0 };
    for (const group of groups) {
      const verify = verifierOf(group);
      for (const vector of group.tests) {
        seen[vector.result] += 1;
        if (vector.result === "acceptable") continue;
        assert.equal(verify(vector), vector.result === "valid", `${vector.tcId}: ${vector.comment}`);
      }
    }
    assert.ok(seen.valid > 0 && seen.invalid > 0, JSON.stringify(seen));
  }

  for (const [file, algorithm] of ofCertificates) {
    it(`certificates: ${file}`, () => {
      judge(readVectors(folder, file), (group) => verifyAsCertificate(group, algorithm));
    });
  }

  for (const [file, algorithm] of ofOtherSchemes) {
    it(`certificates: nothing of ${file}, which is no scheme of theirs`, () => {
      for (const group of readVectors(folder, file)) {
        const verify = verifyAsCertificate(group, algorithm);
        // What is wrong for the file may be right by chance for another scheme, so only those that are right for it.
        for (const vector of group.tests.filter(({ result }) => result === "valid")) {
          assert.equal(verify(vector), false, `${vector.tcId}: ${vector.comment}`);
        }
      }
    });
  }

  for (const file of ofUntrustedKeys) {
    it(`keys: none of ${file} is taken`, () => {
      for (const group of readVectors(folder, file)) {
        assert.throws(() => keyOf(group), X509Error, group.publicKeyDer);
      }
    });
  }

  for (const [file, name, halfOctets] of ofSsh) {
    it(`SSH: ${file} as ${name}`, () => {
      judge(readVectors(folder, file), (group) => {
        const key = fromKeyObject(keyOf(group));
        return ({ msg, sig }) => {
          const blob = halfOctets === undefined ? bytes(sig) : asMpints(bytes(sig), halfOctets);
          return (
            blob !== undefined &&
            answer(() => verifySsh(key, bytes(msg), Buffer.concat([wireString(name), wireString(blob)])))
          );
        };
      });
    });
  }
});

/** Two numbers of a fixed length, as SSH writes them; undefined where there are not two of that length. */
function asMpints(signature: Buffer, halfOctets: number): Buffer | undefined {
  if (signature.length !== 2 * halfOctets) return undefined;
  const halves = [signature.subarray(0, halfOctets), signature.subarray(halfOctets)];
  return Buffer.concat(halves.map(wireMpint));
}
