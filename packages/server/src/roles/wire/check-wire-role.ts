import { AppError } from "@sallyport/api";
import type { RoleV6 } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { DOWNGRADED_LABEL } from "./downgrade.ts";

/** Refuses what only shows in the message: values that the noun has no place for. */
export function checkWireRole(role: RoleV6): void {
  const options = role.Spec?.Options;
  const fail = (field: string, why: string) => {
    throw new AppError(
      "BAD_PARAMETER",
      `role ${JSON.stringify(role.Metadata?.Name ?? "")}: ${field}: ${why}`,
      {
        details: { field },
      },
    );
  };
  const oneOf = (field: string, value: string, known: readonly string[]) => {
    if (!known.includes(value)) {
      fail(field, `knows ${known.filter((one) => one !== "").join(", ")}, not ${JSON.stringify(value)}`);
    }
  };
  if (Object.hasOwn(role.Metadata?.Labels ?? {}, DOWNGRADED_LABEL)) {
    fail("metadata.labels", "this is a copy for an older client; edit the role with a newer one");
  }
  oneOf("spec.options.lock", options?.Lock ?? "", ["", "strict", "best_effort"]);
  oneOf("spec.options.cert_format", options?.CertificateFormat ?? "", ["", "standard", "oldssh"]);
  oneOf("spec.options.request_access", options?.RequestAccess ?? "", ["", "optional", "reason", "always"]);
  const mode = role.Spec?.Allow?.Request?.Reason?.Mode ?? "";
  oneOf("spec.allow.request.reason.mode", mode, ["", "optional", "required"]);
  if (role.Version === "v8" && options?.IDP !== undefined) {
    fail("spec.options.idp", "roles of version v8 use labels instead");
  }
  for (const side of [role.Spec?.Allow, role.Spec?.Deny]) {
    for (const condition of side?.SPIFFE ?? []) {
      if (!/^(\/|\^.*\$$)/.test(condition.Path)) {
        fail("spiffe.path", `${JSON.stringify(condition.Path)} starts neither with / nor is it ^…$`);
      }
    }
  }
}
