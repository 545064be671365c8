import { AppError, isAppError } from "@sallyport/api";
import {
  type CAKeySet,
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { Clock } from "../kernel/clock.ts";
import { createResourceStore, type ResourceStore } from "../resources/index.ts";
import { type Backend, type Change, type Item, type Key, key, prefix } from "../storage/index.ts";
import { type CaType, isCaType } from "./ca-types.ts";
import { createAuthority, createKeySet, type NewKeys } from "./create-authority.ts";
import { createCustody, type KeyCustody } from "./custody/index.ts";
import { clearKeys, type KeySealing, openedAuthority, sealedAuthority } from "./sealing/index.ts";
import { DEFAULT_SUITE, type SignatureSuite, suiteInToken } from "./signature-suite.ts";

export const AUTHORITIES: Key = prefix("authorities");
/** Where the authorities of a type are stored, for whoever hears of their changes. */
export const authoritiesOf = (type: CaType): Key => prefix("authorities", type);
/** Makes a commit depend on the hosts of that cluster being trusted. */
export const hostsAreTrusted = (clusterName: string): Change => ({
  op: "check",
  key: key("authorities", "host", clusterName),
  condition: { is: "present" },
});

export interface AuthorityStore {
  /** The authority of the own cluster, made at its first use. */
  ensure(type: CaType): Promise<CertAuthorityV2>;
  /** The stored authority; undefined where there is none. Nothing is made. */
  get(type: CaType, clusterName: string): Promise<CertAuthorityV2 | undefined>;
  /** Fresh keys for a type, of the algorithms that the cluster wants by now. */
  newKeys(type: CaType): Promise<CAKeySet>;
  /** Those of a type that exist. */
  list(type: CaType): Promise<readonly CertAuthorityV2[]>;
  /** What new keys are made by, at this moment. */
  suite(): Promise<SignatureSuite>;
  /** Reads the keys that it stores. */
  readonly custody: KeyCustody;
  of(type: CaType): ResourceStore<CertAuthorityV2>;
  parse(item: Item): CertAuthorityV2;
}

export interface AuthorityStoreDeps {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly clusterName: string;
  /** What the cluster wants of new keys, asked whenever some are made; the default suite where it is left out. */
  readonly suite?: (() => Promise<SignatureSuite>) | undefined;
  /** Keys are made in a token, of which most do not know every algorithm. */
  readonly keysAreInToken?: boolean | undefined;
  /** How private keys are stored; in clear where it is left out. */
  readonly sealing?: KeySealing | undefined;
  /** Where new keys are made; in this process where it is left out. */
  readonly custody?: KeyCustody | undefined;
}

export function openAuthorityStore(deps: AuthorityStoreDeps): AuthorityStore {
  const { backend, clock, clusterName, suite = async () => DEFAULT_SUITE, sealing = clearKeys } = deps;
  const { custody = createCustody(), keysAreInToken = false } = deps;
  const suiteNow = async () => (keysAreInToken ? suiteInToken(await suite()) : suite());
  const wish = async (type: CaType) => {
    return { type, clusterName, now: clock.now(), suite: await suiteNow(), custody };
  };
  const stores = new Map<CaType, ResourceStore<CertAuthorityV2>>();
  const making = new Map<CaType, Promise<CertAuthorityV2>>();
  const of = (type: CaType) => {
    let store = stores.get(type);
    if (store === undefined) {
      store = createResourceStore<CertAuthorityV2>({
        backend,
        desc: CertAuthorityV2Schema,
        noun: `${type} certificate authority`,
        prefix: authoritiesOf(type),
        keyOf: (name) => key("authorities", type, name),
        stored: {
          write: (authority, at) => sealedAuthority(sealing, authority, at),
          read: (authority, at) => openedAuthority(sealing, authority, at),
        },
      });
      stores.set(type, store);
    }
    return store;
  };
  return {
    of,
    custody,
    suite: suiteNow,
    newKeys: async (type) => createKeySet(await wish(type)),
    parse: (item) => of("host").parse(item),
    get: (type, name) => of(type).get(name),
    list: async (type) => (await of(type).list({ limit: 1000 })).resources,
    ensure: async (type) => {
      const found = await of(type).get(clusterName);
      if (found !== undefined) return found;
      // Whoever asks while it is made waits for that one: RSA keys are too dear to be made for each (threat 9).
      const made = making.get(type) ?? wish(type).then((keys) => createOnce(of(type), keys));
      making.set(type, made);
      return made.finally(() => making.delete(type));
    },
  };
}

/** Two first uses at once make one authority: whoever comes second takes what the first one wrote. */
async function createOnce(store: ResourceStore<CertAuthorityV2>, keys: NewKeys) {
  const authority = await createAuthority(keys);
  try {
    return await store.create(authority);
  } catch (error) {
    if (isAppError(error, "ALREADY_EXISTS")) return store.read(keys.clusterName);
    throw error;
  }
}

/** The type that a request names. */
export function checkedCaType(type: string): CaType {
  if (!isCaType(type))
    throw new AppError("BAD_PARAMETER", `there is no certificate authority of type "${type}"`);
  return type;
}
