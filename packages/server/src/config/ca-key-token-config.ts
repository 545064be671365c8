import { resolve } from "node:path";
import { AppError } from "@sallyport/api";
import type { CaKeySignerConfig, CaKeyTokenConfig } from "./config.ts";
import type { FileValues } from "./schema/file.ts";

type SignerValues = NonNullable<NonNullable<FileValues["sallyport"]>["ca_key_signer"]>;
type Params = NonNullable<NonNullable<FileValues["auth_service"]>["ca_key_params"]>;

/** Each needs a thread of the signer, which has four. */
const MAX_SESSIONS = 4;

/** The token that is named, or none. Throws BAD_PARAMETER where it is named by half. */
export function caKeyTokenConfig(values: Params["pkcs11"], base: string): CaKeyTokenConfig | undefined {
  const { module_path, token_label, slot_number, pin_path, max_sessions } = values ?? {};
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
    ...(max_sessions !== undefined && { sessions: Math.min(max_sessions, MAX_SESSIONS) }),
  };
}

/** Where the signer listens that is a service of its own, or none. Throws BAD_PARAMETER where it is named by half. */
export function caKeySignerConfig(
  { socket, secret_path }: Partial<SignerValues> = {},
  base: string,
): CaKeySignerConfig | undefined {
  if (socket === undefined && secret_path === undefined) return undefined;
  if (socket === undefined || secret_path === undefined) {
    const missing = socket === undefined ? "socket" : "secret_path";
    throw new AppError("BAD_PARAMETER", `sallyport.ca_key_signer needs ${missing}`);
  }
  return { socketPath: resolve(base, socket), secretPath: resolve(base, secret_path) };
}
