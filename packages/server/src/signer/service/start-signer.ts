import { AppError } from "@sallyport/api";
import { type ConfigOptions, loadConfig } from "../../config/index.ts";
import { systemClock } from "../../kernel/clock.ts";
import { createLifecycle } from "../../kernel/lifecycle.ts";
import { createLogger } from "../../kernel/logger.ts";
import { onWarning, stopOnSignal } from "../../kernel/signals.ts";
import { runSigner } from "./run-signer.ts";

/** The signer of a configuration file, until a signal. Answers its exit code. */
export async function startSigner(options: Pick<ConfigOptions, "configFile" | "debug">): Promise<number> {
  const { config } = loadConfig(options);
  const { caKeySigner: at, auth } = config;
  if (at === undefined || auth.caKeyToken === undefined) {
    const missing = at === undefined ? "sallyport.ca_key_signer" : "auth_service.ca_key_params.pkcs11";
    throw new AppError("BAD_PARAMETER", `the signer needs ${missing} in its configuration`);
  }
  const logger = createLogger(config.log);
  onWarning(logger);
  const lifecycle = createLifecycle({ logger, clock: systemClock });
  void stopOnSignal(lifecycle);
  return runSigner({ token: auth.caKeyToken, at, clock: systemClock, logger, lifecycle });
}
