import { clone, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { isAdmin } from "../rpc/index.ts";
import { segmentsOf } from "../storage/index.ts";
import type { WatchSource, WatchWish } from "../watch/index.ts";
import { withOlderFields, withoutPrivateKeys } from "./shown-authority.ts";
import { AUTHORITIES, type AuthorityStore } from "./store.ts";

/** Field `CertAuthority` of proto.Event. */
const EVENT_FIELD = 3;

/** Authorities as a kind that can be watched. The filter is CA type → cluster name, or `*` for every cluster. */
export function authorityWatchSource(store: AuthorityStore): WatchSource<CertAuthorityV2> {
  return {
    kind: "cert_authority",
    prefix: AUTHORITIES,
    eventField: EVENT_FIELD,
    nameOf: (path) => {
      const [, type, name] = segmentsOf(path);
      return type === undefined || name === undefined ? undefined : { name, subKind: type, version: "v2" };
    },
    parse: store.parse,
    mayWatch: (caller, wish) => {
      if (wish.loadSecrets && !isAdmin(caller)) {
        return {
          allow: false,
          explicit: false,
          because: "private keys are for the local administrator only",
        };
      }
      return caller.permissions.check("cert_authority", [wish.loadSecrets ? "read" : "readnosecrets"]);
    },
    parseFilter,
    mayRead: (caller) => caller.permissions.check("cert_authority", ["readnosecrets"]).allow,
    viewOf: (wish) => (wish.loadSecrets ? "secrets" : ""),
    encode: (authority, _, view) => {
      const copy = clone(CertAuthorityV2Schema, authority);
      return toBinary(
        CertAuthorityV2Schema,
        withOlderFields(view === "secrets" ? copy : withoutPrivateKeys(copy)),
      );
    },
  };
}

function parseFilter(wish: WatchWish) {
  const filter = wish.filter;
  for (const [type, name] of Object.entries(filter)) {
    if (type === "" || name === "")
      throw new AppError("BAD_PARAMETER", "a filter of cert_authority is TYPE: CLUSTER");
  }
  const all = Object.keys(filter).length === 0;
  return {
    matches: (authority: CertAuthorityV2) => {
      const wanted = filter[authority.Spec?.Type ?? ""];
      return all || wanted === "*" || wanted === authority.Spec?.ClusterName;
    },
  };
}
