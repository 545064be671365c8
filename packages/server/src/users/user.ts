import type { Traits } from "@sallyport/api";

/** A person or bot that may log in. Instants are milliseconds since 1970. */
export interface User {
  readonly name: string;
  /** Role names; one of them may not exist (yet). */
  readonly roles: readonly string[];
  readonly traits: Traits;
  readonly labels: Readonly<Record<string, string>>;
  readonly expiresAt: number | undefined;
  readonly revision: string;
  /** Where the account comes from: `local`, or the connector of the identity provider. */
  readonly origin: UserOrigin;
  /** "" for a person. */
  readonly botName: string;
}

export type UserOrigin = { readonly kind: "local" } | { readonly kind: "sso"; readonly connector: string };

/** Says that a user is a bot, and which. */
export const BOT_LABEL = "teleport.internal/bot";
