import { type CertAuthorityV2, isAppError } from "@sallyport/api";
import { fingerprint, parsePublicKeyLine } from "@sallyport/ssh";
import type { Client } from "../connection/client.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { kindActions, type ReadOptions } from "./kind-actions.ts";

/** Every type that a cluster of this contract may have. */
export const authorityTypes = [
  "host",
  "user",
  "db",
  "db_client",
  "openssh",
  "jwt",
  "saml_idp",
  "oidc_idp",
  "spiffe",
  "okta",
  "awsra",
  "bound_keypair",
] as const;

export const certAuthorityActions = kindActions<"cert_authority">({
  kind: "cert_authority",
  list: listAuthorities,
  get: (client, name, options) =>
    client.trust.getCertAuthority({ ...splitName(name), includeKey: options.withSecrets }),
  upsert: (client, certAuthority) => client.trust.upsertCertAuthority({ certAuthority }),
  remove: (client, name) => client.trust.deleteCertAuthority(splitName(name)),
  table: (authorities) => ({
    headers: ["Cluster Name", "CA Type", "Fingerprint", "Role Map"],
    rows: authorities.flatMap((authority) =>
      (authority.Spec?.ActiveKeys?.SSH ?? []).map((key) => [
        authority.Spec?.ClusterName ?? "",
        authority.Spec?.Type ?? "",
        fingerprint(parsePublicKeyLine(new TextDecoder().decode(key.PublicKey))),
        (authority.Spec?.RoleMap ?? []).map(({ Remote, Local }) => `${Remote}:${Local.join(",")}`).join(" "),
      ]),
    ),
  }),
});

function splitName(name: string): { readonly type: string; readonly domain: string } {
  const [type = "", domain = "", ...rest] = name.split("/");
  if (domain !== "" && rest.length === 0) return { type, domain };
  throw new UsageError("name a certificate authority as cert_authority/TYPE/CLUSTER");
}

/** The authorities of all types; a type that the cluster does not know is none. */
export async function listAuthorities(client: Client, options: ReadOptions): Promise<CertAuthorityV2[]> {
  return [...(await authoritiesByType(client, options)).values()].flat();
}

/** The same by type; without the types that the cluster does not know. */
export async function authoritiesByType(
  client: Client,
  options: ReadOptions,
): Promise<ReadonlyMap<string, readonly CertAuthorityV2[]>> {
  const answers = await Promise.all(authorityTypes.map((type) => listOfType(client, type, options)));
  return new Map(
    authorityTypes.flatMap((type, index) => {
      const found = answers[index];
      return found === undefined ? [] : [[type, found]];
    }),
  );
}

async function listOfType(client: Client, type: string, options: ReadOptions) {
  try {
    const { certAuthoritiesV2 } = await client.trust.getCertAuthorities({
      type,
      includeKey: options.withSecrets,
    });
    return certAuthoritiesV2;
  } catch (error) {
    if (isAppError(error, "BAD_PARAMETER")) return undefined;
    throw error;
  }
}
