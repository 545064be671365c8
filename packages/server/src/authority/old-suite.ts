import type { CertAuthorityV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { parsePublicKeyLine, toKeyObject } from "@sallyport/ssh";
import { checkKeyType, parseCertificate, parsePublicKey } from "@sallyport/x509";
import type { Logger } from "../kernel/logger.ts";
import { type Backend, prefix } from "../storage/index.ts";
import { type CaType, caTypes, isCaType, type KeyUse } from "./ca-types.ts";
import { authorityAlgorithm, type SignatureSuite } from "./signature-suite.ts";
import type { AuthorityStore } from "./store.ts";

export interface OldSuiteDeps {
  readonly backend: Backend;
  readonly authorities: AuthorityStore;
  readonly clusterName: string;
  readonly logger: Logger;
}

/** Another suite counts for new keys alone: says at start, and whenever the word changes, what still has to be rotated. */
export async function tellOldSuites(deps: OldSuiteDeps): Promise<{ close(): void }> {
  const tell = async () => {
    const suite = await deps.authorities.suite();
    const types = await authoritiesOfOtherSuites(deps, suite);
    if (types.length === 0) return;
    deps.logger.info(
      "authorities have keys of another suite; `tctl auth rotate --type=TYPE` gives them new ones",
      {
        suite,
        types: types.join(", "),
      },
    );
  };
  await tell();
  return deps.backend.watch({
    prefixes: [prefix("cluster_configuration", "cluster_auth_preference")],
    onChanges: () => {
      tell().catch((error: unknown) =>
        deps.logger.error("the keys of authorities could not be looked at", { error }),
      );
    },
  });
}

/** The types whose keys that sign are of other algorithms than the suite has, and are not being replaced already. */
export async function authoritiesOfOtherSuites(
  { authorities, clusterName }: Pick<OldSuiteDeps, "authorities" | "clusterName">,
  suite: SignatureSuite,
): Promise<readonly CaType[]> {
  const types = Object.keys(caTypes).filter(isCaType);
  const stored = await Promise.all(types.map((type) => authorities.get(type, clusterName)));
  return types.filter((type, index) => {
    const authority = stored[index];
    if (authority === undefined || isReplaced(authority)) return false;
    return usesOf(type).some((use) => {
      const algorithm = activeAlgorithm(authority, use);
      return algorithm !== undefined && algorithm !== authorityAlgorithm(suite, type, use);
    });
  });
}

const usesOf = (type: CaType): readonly KeyUse[] => caTypes[type];

const isReplaced = ({ Spec: spec }: CertAuthorityV2) => spec?.Rotation?.State === "in_progress";

function activeAlgorithm({ Spec: spec }: CertAuthorityV2, use: KeyUse): string | undefined {
  const { SSH: [ssh] = [], TLS: [tls] = [], JWT: [jwt] = [] } = spec?.ActiveKeys ?? {};
  if (use === "ssh") return ssh && checkKeyType(toKeyObject(parsePublicKeyLine(text(ssh.PublicKey))));
  if (use === "tls") return tls && checkKeyType(parsePublicKey(parseCertificate(text(tls.Cert)).spki));
  return jwt && checkKeyType(parsePublicKey(text(jwt.PublicKey)));
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
