import { AppError } from "@sallyport/api";
import type { CertAuthorityV2, TLSKeyPair } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { parsePublicKeyLine, type SshPublicKey } from "@sallyport/ssh";
import { issuerFromCertificate, parseCertificate } from "@sallyport/x509";
import { type ListAuthorities, spkiFingerprint, type X509Authority } from "../certificates/index.ts";
import { hasKeyFor, isCaType } from "./ca-types.ts";
import type { KeyCustody } from "./custody/index.ts";
import type { Keyring } from "./keyring.ts";
import { type AuthorityStore, checkedCaType } from "./store.ts";

interface ListAuthoritiesDeps {
  readonly keyring: Keyring;
  readonly authorities: AuthorityStore;
  readonly clusterName: string;
}

/** The authorities of the own cluster, as those who say what is revoked need them. */
export function listAuthorities({ keyring, authorities, clusterName }: ListAuthoritiesDeps): ListAuthorities {
  return {
    x509Of: async (type) => {
      const found = isCaType(type) ? await authorities.get(type, clusterName) : undefined;
      return found === undefined ? [] : x509Keys(found, authorities.custody);
    },
    activeX509: async (type) => {
      const caType = checkedCaType(type);
      if (!hasKeyFor(caType, "tls")) {
        throw new AppError("BAD_PARAMETER", `the ${type} certificate authority issues no X.509 certificates`);
      }
      const [active] = x509Keys(await authorities.ensure(caType), authorities.custody);
      if (active !== undefined) return active;
      throw new AppError("INTERNAL", `the ${type} certificate authority has no active key`);
    },
    sshKeys: () => [...keyring.user.sshKeys, ...keyring.host.sshKeys].map(parsedLine),
    krlSigner: () => keyring.user.ssh,
  };
}

const parsed = new WeakMap<CertAuthorityV2, readonly X509Authority[]>();

/** Parsed once, as long as the stored authority is the same. */
function x509Keys(authority: CertAuthorityV2, custody: KeyCustody): readonly X509Authority[] {
  const known = parsed.get(authority);
  if (known !== undefined) return known;
  const sets = [authority.Spec?.ActiveKeys, authority.Spec?.AdditionalTrustedKeys];
  const keys = sets
    .flatMap((set) => set?.TLS ?? [])
    .flatMap((pair) => (pair.Key.length > 0 ? [x509Key(pair, custody)] : []));
  parsed.set(authority, keys);
  return keys;
}

function x509Key(pair: TLSKeyPair, custody: KeyCustody): X509Authority {
  const certificate = parseCertificate(text(pair.Cert));
  const issuer = issuerFromCertificate(certificate, custody.tls(pair, certificate));
  return { certificate, issuer, fingerprint: spkiFingerprint(certificate.spki) };
}

const lines = new Map<string, SshPublicKey>();
const MAX_LINES = 64;

function parsedLine(line: string): SshPublicKey {
  const known = lines.get(line);
  if (known !== undefined) return known;
  if (lines.size >= MAX_LINES) lines.clear();
  const key = parsePublicKeyLine(line);
  lines.set(line, key);
  return key;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
