import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import type { Caller, RpcPart } from "../../rpc/index.ts";
import type { RevocationLists } from "./revocation-lists.ts";

/** The revocation list of an authority, as clients of the wire ask for it. */
export function crlRpcs(lists: RevocationLists): RpcPart<typeof AuthService, "generateCertAuthorityCRL"> {
  return {
    generateCertAuthorityCRL: {
      access: { decidedBy: "cert_authority readnosecrets, or a Windows desktop service" },
      handle: async ({ Type: type }, { caller }) => {
        demandCrl(caller);
        const { der } = await lists.longCrl.current(await lists.authorities.activeX509(type));
        return { CRL: der };
      },
    },
  };
}

function demandCrl(caller: Caller): void {
  if (caller.kind === "system" && caller.roles.includes("WindowsDesktop")) return;
  const verdict = caller.permissions.check("cert_authority", ["readnosecrets"]);
  if (verdict.allow) return;
  throw new AppError("ACCESS_DENIED", "access denied to the revocation list of the certificate authority", {
    cause: verdict.because,
  });
}
