import type { CertificateInventoryService } from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb.js";
import type { RpcPart } from "../../rpc/index.ts";
import { writeTime } from "../../rpc/index.ts";
import type { RevocationLists } from "./revocation-lists.ts";

/** The revocation lists, for whoever has a certificate to ask with. */
export function revocationListRpcs(
  lists: RevocationLists,
): RpcPart<typeof CertificateInventoryService, "getKrl" | "getCrl"> {
  return {
    getKrl: {
      access: { kind: "cert_authority", verbs: ["readnosecrets"] },
      handle: async ({ knownVersion }) => {
        const { version, generatedAt, bytes, signature } = await lists.krl.current();
        const isKnown = knownVersion !== 0n && knownVersion === BigInt(version);
        const list = isKnown ? {} : { krl: bytes, signature };
        const generated = writeTime(generatedAt);
        return { version: BigInt(version), ...list, ...(generated && { generated }) };
      },
    },
    getCrl: {
      access: { kind: "cert_authority", verbs: ["readnosecrets"] },
      handle: async ({ caType }) => {
        const { authorities, crl } = lists;
        const active = await authorities.activeX509(caType);
        const { der, number, nextUpdateAt } = await crl.current(active);
        const others = (await authorities.x509Of(caType)).filter(
          (one) => one.fingerprint !== active.fingerprint,
        );
        const otherCrls = await Promise.all(others.map(async (one) => (await crl.current(one)).der));
        const nextUpdate = writeTime(nextUpdateAt);
        return { crl: der, number, otherCrls, ...(nextUpdate && { nextUpdate }) };
      },
    },
  };
}
