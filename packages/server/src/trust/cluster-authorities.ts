import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { type CaType, caTypes, isCaType } from "../authority/index.ts";
import { newRevision } from "../kernel/ids.ts";
import { type Backend, type Change, type Key, key, type Revision } from "../storage/index.ts";

/** Where an authority lies: those that count, and those of a cluster whose trust is turned off. */
export type Place = "authorities" | "inactive_authorities";

/** An authority of another cluster, and where it was found. */
export interface ClusterAuthority {
  readonly authority: CertAuthorityV2;
  /** Undefined for one that is not stored yet. */
  readonly found: { readonly place: Place; readonly revision: Revision } | undefined;
}

export const placeFor = (enabled: boolean): Place => (enabled ? "authorities" : "inactive_authorities");
const types = Object.keys(caTypes).filter(isCaType);
const keyIn = (place: Place, type: string, cluster: string): Key => key(place, type, cluster);

/** Holds while users of the cluster are not trusted. */
export const noUsersOf = (cluster: string): Change => ({
  op: "check",
  key: keyIn("authorities", "user", cluster),
  condition: { is: "absent" },
});

/** Every authority of the cluster that lies there. */
export async function authoritiesIn(
  backend: Backend,
  place: Place,
  cluster: string,
): Promise<readonly ClusterAuthority[]> {
  const items = await Promise.all(types.map((type: CaType) => backend.get(keyIn(place, type, cluster))));
  return items.flatMap((item) =>
    item === undefined
      ? []
      : [
          {
            authority: fromBinary(CertAuthorityV2Schema, item.value),
            found: { place, revision: item.revision },
          },
        ],
  );
}

/** Puts the authorities to where they belong, each over exactly what was found. */
export function moveTo(place: Place, all: readonly ClusterAuthority[]): readonly Change[] {
  return all.flatMap(({ authority, found }) => {
    const [type, cluster] = [authority.Spec?.Type ?? "", authority.Spec?.ClusterName ?? ""];
    const stays = found?.place === place;
    const leave: Change[] =
      found === undefined || stays
        ? []
        : [
            {
              op: "delete",
              key: keyIn(found.place, type, cluster),
              condition: { is: "at", revision: found.revision },
            },
          ];
    return [
      ...leave,
      putAuthority(
        keyIn(place, type, cluster),
        authority,
        stays ? { is: "at", revision: found.revision } : { is: "absent" },
      ),
    ];
  });
}

function putAuthority(
  path: Key,
  authority: CertAuthorityV2,
  condition: Extract<Change, { op: "put" }>["condition"],
): Change {
  const revision = newRevision<Revision>();
  const written = clone(CertAuthorityV2Schema, authority);
  if (written.Metadata !== undefined) {
    written.Metadata.Revision = revision;
    written.Metadata.Namespace ||= "default";
  }
  return { op: "put", key: path, value: toBinary(CertAuthorityV2Schema, written), revision, condition };
}

/** Deletes whatever there is of the cluster, wherever it lies. */
export function forgetAuthorities(cluster: string): readonly Change[] {
  return (["authorities", "inactive_authorities"] as const).flatMap((place) =>
    types.map((type) => ({
      op: "delete" as const,
      key: keyIn(place, type, cluster),
      condition: { is: "any" as const },
    })),
  );
}

/** Whether two authorities trust the same keys; which of them sign does not matter. */
export function trustSameKeys(one: CertAuthorityV2, other: CertAuthorityV2): boolean {
  const [keys, others] = [publicKeysOf(one), publicKeysOf(other)];
  return keys.length === others.length && keys.every((key, index) => key === others[index]);
}

function publicKeysOf({ Spec: spec }: CertAuthorityV2): readonly string[] {
  const sets = [spec?.ActiveKeys, spec?.AdditionalTrustedKeys].filter((set) => set !== undefined);
  const keys = sets.flatMap(({ SSH, TLS, JWT }) => [
    ...SSH.map(({ PublicKey }) => PublicKey),
    ...TLS.map(({ Cert }) => Cert),
    ...JWT.map(({ PublicKey }) => PublicKey),
  ]);
  return keys.map((key) => Buffer.from(key).toString("base64")).sort();
}
