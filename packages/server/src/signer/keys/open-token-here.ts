import { AppError } from "@sallyport/api";
import type { TokenPlace } from "../protocol/messages.ts";
import type { Token } from "../token/token.ts";

/** What somebody who has the PIN may do with the keys of a token. */
export type TokenInventory = Pick<Token, "list" | "destroy">;

/** The token in this very process, with the code of its maker: for a command that ends. Throws UNAVAILABLE. */
export async function openTokenHere(place: TokenPlace): Promise<TokenInventory> {
  const { openToken } = await import("../token/open-token.ts");
  try {
    const token = openToken(place);
    return {
      list: () => inWords(() => token.list()),
      destroy: (keyId) => inWords(() => token.destroy(keyId)),
    };
  } catch (error) {
    throw unavailable(error);
  }
}

function inWords<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw unavailable(error);
  }
}

const unavailable = (cause: unknown) =>
  new AppError("UNAVAILABLE", `the token: ${cause instanceof Error ? cause.message : "it failed"}`, {
    cause,
  });
