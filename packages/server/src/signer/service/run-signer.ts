import type { Clock } from "../../kernel/clock.ts";
import type { Lifecycle } from "../../kernel/lifecycle.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { SignerFailure, TokenPlace } from "../protocol/messages.ts";
import type { ServicePlace } from "./connect-to-signer.ts";
import { readSecret } from "./handshake.ts";

export interface SignerService {
  readonly token: TokenPlace;
  readonly at: ServicePlace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}

/** EX_CONFIG of `sysexits.h`: whoever starts services is told by it not to try again. */
const CONFIG_IS_WRONG = 78;
const FAILED = 1;

/** Native code is among it, so whoever only names the signer does not load it. */
async function loadCode() {
  const { openToken } = await import("../token/open-token.ts");
  const { TokenError } = await import("../token/token-error.ts");
  const { listenForDaemon } = await import("./listen-for-daemon.ts");
  return { openToken, TokenError, listenForDaemon };
}

let code: ReturnType<typeof loadCode> | undefined;

/** Once; a process that is about to lose the right to read it does so before. */
export const loadSigner = (): ReturnType<typeof loadCode> => (code ??= loadCode());

/**
 * Opens the token and answers on the socket until something stops it. The exit code tells a failure that may be tried
 * again from a PIN that is wrong, which tokens count.
 */
export async function runSigner(service: SignerService): Promise<number> {
  const { token: place, at, clock, logger, lifecycle } = service;
  const secret = await readSecret(at.secretPath);
  const { openToken, TokenError, listenForDaemon } = await loadSigner();
  let exitCode = 0;
  const onBroken = (failure: SignerFailure) => {
    exitCode = codeOf(failure);
    lifecycle.stop("the token failed");
  };
  try {
    const token = openToken(place);
    await lifecycle.start(
      "signer",
      () => listenForDaemon({ ...at, secret, token, clock, logger, onBroken }),
      (listener) => listener.close(),
    );
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    logger.error("the token cannot be opened", { why: error.message });
    return codeOf(error.failure);
  }
  logger.info("the signer listens", { socket: at.socketPath });
  await new Promise<void>((resolve) => {
    lifecycle.stopping.addEventListener("abort", () => resolve(), { once: true });
    if (lifecycle.stopping.aborted) resolve();
  });
  await lifecycle.stop("the end");
  return exitCode;
}

const codeOf = (failure: SignerFailure): number => (failure === "stop" ? CONFIG_IS_WRONG : FAILED);
