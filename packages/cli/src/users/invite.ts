import { formatDuration, instantOf } from "@sallyport/api";
import { parseTtl } from "../arguments/parse-values.ts";
import type { Client } from "../connection/client.ts";
import { roleNamed, suggestNames } from "../kinds/suggest-names.ts";
import type { Tool } from "../tctl/tool.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { plainJson, plainText } from "../terminal/plain-text.ts";
import { quoteForShell } from "../terminal/quote-for-shell.ts";

type UserToken = Awaited<ReturnType<Client["auth"]["createResetPasswordToken"]>>;

/** What a link is for, and how long it may last. */
export interface LinkPurpose {
  readonly type: "invite" | "password";
  readonly maxMs: number;
  readonly says: string;
}

export const inviteLink: LinkPurpose = { type: "invite", maxMs: 48 * 3_600_000, says: "sign up" };
export const resetLink: LinkPurpose = {
  type: "password",
  maxMs: 24 * 3_600_000,
  says: "choose a new password",
};

export function parseLinkTtl(text: string, { maxMs }: LinkPurpose): number {
  const ms = parseTtl(text);
  if (ms <= maxMs) return ms;
  throw new UsageError(`--ttl is at most ${formatDuration(maxMs)}`);
}

/** A link with which somebody sets a password; earlier links of the user end with it. */
export async function makeLink(
  client: Client,
  user: string,
  purpose: LinkPurpose,
  ttlMs: number,
): Promise<UserToken> {
  const TTL = BigInt(ttlMs) * 1_000_000n;
  return client.auth.createResetPasswordToken({ Name: user, Type: purpose.type, TTL });
}

export function printLink(
  tool: Tool,
  user: string,
  purpose: LinkPurpose,
  token: UserToken,
  format: string,
): void {
  if (format === "json") {
    const { Kind, Version, Metadata, Spec } = token;
    const expires = instantOf(Metadata?.Expires);
    const value = {
      kind: Kind,
      version: Version,
      metadata: {
        name: Metadata?.Name,
        expires: expires === undefined ? undefined : new Date(expires).toISOString(),
      },
      spec: { user: Spec?.User, url: Spec?.URL },
    };
    tool.terminal.print(plainJson(JSON.stringify(value, undefined, 2)));
    return;
  }
  const leftMs = (instantOf(token.Metadata?.Expires) ?? 0) - tool.now();
  const left = formatDuration(Math.max(0, Math.round(leftMs / 60_000) * 60_000));
  const url = plainText(token.Spec?.URL ?? "");
  tool.terminal.print(`With this link, good for ${left}, ${plainText(user)} can ${purpose.says}:\n${url}\n`);
}

/** A proxy serves the page of a link; who sends it must know when nobody does. */
export async function warnWithoutProxy(tool: Tool, client: Client, user: string): Promise<void> {
  if ((await client.ping()).ProxyPublicAddr !== "") return;
  const file = quoteForShell(`${plainText(user)}.pem`);
  tool.terminal.note(
    "warning: the cluster names no proxy that would serve the page of this link. Until there is one, hand out " +
      `credentials: tctl auth sign --user=${quoteForShell(plainText(user))} --out=${file}`,
  );
}

/** Roles that are not there are named before anything is written. */
export async function checkRoles(client: Client, roles: readonly string[]): Promise<void> {
  await Promise.all(
    roles.map(async (role) => {
      await suggestNames(client, [roleNamed(role)], () => client.roles.get(role));
    }),
  );
}
