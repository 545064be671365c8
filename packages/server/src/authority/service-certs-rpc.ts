import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { RpcPart } from "../rpc/index.ts";
import { issueDatabaseCert } from "./databases/issue-database-cert.ts";
import { signDatabaseCsr } from "./databases/sign-database-csr.ts";
import { issueHostCerts } from "./machines/issue-host-certs.ts";
import { assertSystemRole } from "./machines/role-assertions.ts";
import type { ServiceIssueDeps } from "./service-deps.ts";
import { issueDesktopCert } from "./sessions/issue-desktop-cert.ts";
import { issueOpenSshCert } from "./sessions/issue-openssh-cert.ts";
import { issueAppToken, issueSnowflakeToken } from "./sessions/issue-tokens.ts";

type Served =
  | "generateHostCerts"
  | "assertSystemRole"
  | "generateOpenSSHCert"
  | "signDatabaseCSR"
  | "generateDatabaseCert"
  | "generateAppToken"
  | "generateSnowflakeJWT"
  | "generateWindowsDesktopCert";

/** What services are issued: for themselves, and for users whose sessions they carry. */
export function serviceCertsRpcs(deps: ServiceIssueDeps): RpcPart<typeof AuthService, Served> {
  const audit = ["cert.create"];
  return {
    generateHostCerts: {
      access: { decidedBy: "a host for itself: a role that it holds, or has asserted" },
      audit,
      handle: (request, call) => issueHostCerts(deps, request, call),
    },
    assertSystemRole: {
      access: { decidedBy: "a host for itself: a role that it holds" },
      handle: async (request, call) => {
        await assertSystemRole(deps, request, call);
        return create(EmptySchema);
      },
    },
    generateOpenSSHCert: {
      access: { systemRoles: ["Proxy"] },
      audit,
      handle: (request, call) => issueOpenSshCert(deps, request, call),
    },
    signDatabaseCSR: {
      access: { systemRoles: ["Proxy"] },
      audit,
      handle: (request, call) => signDatabaseCsr(deps, request, call),
    },
    generateDatabaseCert: {
      access: { decidedBy: "database_certificate create, a database service, or who may impersonate one" },
      audit,
      handle: (request, call) => issueDatabaseCert(deps, request, call),
    },
    generateAppToken: {
      access: { kind: "jwt", verbs: ["create"] },
      audit,
      handle: (request, call) => issueAppToken(deps, request, call),
    },
    generateSnowflakeJWT: {
      access: { systemRoles: ["Db"] },
      audit,
      handle: (request, call) => issueSnowflakeToken(deps, request, call),
    },
    generateWindowsDesktopCert: {
      access: { systemRoles: ["WindowsDesktop", "Admin"] },
      audit,
      handle: (request, call) => issueDesktopCert(deps, request, call),
    },
  };
}
