import { clone } from "@bufbuild/protobuf";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { withoutPrivateKeys } from "../shown-authority.ts";

/** A copy that another cluster may have. */
export const withoutKeys = (authority: CertAuthorityV2): CertAuthorityV2 =>
  withoutPrivateKeys(clone(CertAuthorityV2Schema, authority));
