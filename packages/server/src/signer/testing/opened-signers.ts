import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openSigner, type SignerSetup } from "../open-signer.ts";
import type { TokenKeyWish } from "../signer.ts";

/** A key and what may be signed with it. */
export const wish: TokenKeyWish = {
  algorithm: "ecdsa-p256",
  use: "jwt",
  caType: "jwt",
  clusterName: "one.example",
};
export const bytes = Buffer.from("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0");

/** The signers that a test opens; all are closed after it. */
export class OpenedSigners {
  readonly #opened: Awaited<ReturnType<typeof openSigner>>[] = [];

  async open(place: SignerSetup["place"]) {
    const signer = await openSigner({ place, clock: systemClock, logger: silentLogger });
    this.#opened.push(signer);
    return signer;
  }

  async close(): Promise<void> {
    for (const signer of this.#opened.splice(0)) await signer.close();
  }
}
