import { resolve } from "node:path";
import { AppError } from "@sallyport/api";
import type { CaKeyTokenConfig } from "./config.ts";
import type { FileValues } from "./schema/file.ts";

type Params = NonNullable<NonNullable<FileValues["auth_service"]>["ca_key_params"]>;

/** The token that is named, or none. Throws BAD_PARAMETER where it is named by half. */
export function caKeyTokenConfig(values: Params["pkcs11"], base: string): CaKeyTokenConfig | undefined {
  const { module_path, token_label, slot_number, pin_path } = values ?? {};
  if (values === undefined || Object.values(values).every((value) => value === undefined)) return undefined;
  if (module_path === undefined || pin_path === undefined) {
    const missing = module_path === undefined ? "module_path" : "pin_path";
    throw new AppError("BAD_PARAMETER", `auth_service.ca_key_params.pkcs11 needs ${missing}`);
  }
  return {
    modulePath: resolve(base, module_path),
    pinPath: resolve(base, pin_path),
    ...(token_label !== undefined && { tokenLabel: token_label }),
    ...(slot_number !== undefined && { slotNumber: slot_number }),
  };
}
