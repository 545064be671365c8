import { emptyIdentity, type Identity, identityToSubject } from "@sallyport/api";
import { type CertificateTemplate, generateKey, issueCertificate } from "@sallyport/x509";
import {
  type Inventory,
  openInventory,
  openRevocationView,
  type RevocationView,
} from "../../certificates/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import { type Backend, openBackend } from "../../storage/index.ts";
import { type Keyring, openKeyring } from "../keyring.ts";
import { DEFAULT_SUITE, type SignatureSuite } from "../signature-suite.ts";
import { type AuthorityStore, type AuthorityStoreDeps, openAuthorityStore } from "../store.ts";

export const CLUSTER = "one.example";
const HOUR_MS = 3_600_000;

/** The authorities of a cluster over storage in memory. */
export interface SmallAuthority {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly authorities: AuthorityStore;
  readonly keyring: Keyring;
  readonly revocations: RevocationView;
  readonly inventory: Inventory;
  /** What new keys are made by; a test may change it. */
  readonly wanted: { suite: SignatureSuite };
  /** A certificate by the user or host CA, as DER; valid from an hour ago for an hour. */
  issue(
    by: "user" | "host",
    identity: Partial<Identity>,
    parts?: Partial<CertificateTemplate>,
  ): Promise<Buffer>;
}

export async function openAuthority(
  clock: Clock,
  clusterName = CLUSTER,
  suite: SignatureSuite = DEFAULT_SUITE,
  keys: Pick<AuthorityStoreDeps, "custody" | "keysAreInToken"> = {},
): Promise<SmallAuthority> {
  const wanted = { suite };
  const backend = await openBackend({ kind: "memory", clock });
  const authorities = openAuthorityStore({
    backend,
    clock,
    clusterName,
    suite: async () => wanted.suite,
    ...keys,
  });
  const keyring = await openKeyring(backend, authorities, clusterName);
  const revocations = await openRevocationView(backend, clock);
  const { publicKey } = await generateKey("ecdsa-p256");
  return {
    wanted,
    backend,
    clock,
    authorities,
    keyring,
    revocations,
    inventory: openInventory({ backend, revocations }),
    issue: (by, identity, parts) =>
      issueCertificate({
        issuer: keyring[by].x509,
        subject: identityToSubject({
          ...emptyIdentity("alice"),
          teleportCluster: clusterName,
          ...identity,
        }),
        publicKey,
        notBeforeAt: clock.now() - HOUR_MS,
        notAfterAt: clock.now() + HOUR_MS,
        keyUsage: ["digitalSignature"],
        extKeyUsage: ["clientAuth"],
        ...parts,
      }),
  };
}
