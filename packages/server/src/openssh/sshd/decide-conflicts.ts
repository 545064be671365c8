import type { Directive } from "./read-sshd-config.ts";
import { type ConnectionSpec, type SshdSettings, valuesOf } from "./sshd-settings.ts";

/** Keyword in lower case → the values that have to be in force; "none" for a directive that must not be. */
export type WantedSettings = Readonly<Record<string, readonly string[]>>;

/** How directives are written in manuals and in messages. */
const directiveNames: Readonly<Record<string, string>> = {
  trustedusercakeys: "TrustedUserCAKeys",
  hostkey: "HostKey",
  hostcertificate: "HostCertificate",
  authorizedprincipalsfile: "AuthorizedPrincipalsFile",
  authorizedprincipalscommand: "AuthorizedPrincipalsCommand",
  authorizedprincipalscommanduser: "AuthorizedPrincipalsCommandUser",
  revokedkeys: "RevokedKeys",
  pubkeyauthentication: "PubkeyAuthentication",
};

/** These add up over files; of all others sshd takes the first value and drops the rest. */
const cumulative: ReadonlySet<string> = new Set(["hostkey", "hostcertificate"]);

/** Here sshd takes the word "none" for a command (seen in 9.2), and then no principal of a certificate counts. */
const countsAsSet: ReadonlySet<string> = new Set(["authorizedprincipalscommand"]);

/**
 * What other files say about the same directives. Outside Match blocks the first value wins, so one of the two would be
 * dropped without a word; inside one, the block wins for whom it matches, wherever it stands.
 */
export function decideConflicts(others: readonly Directive[], wanted: WantedSettings): readonly string[] {
  return others.flatMap((directive) => {
    const values = Object.hasOwn(wanted, directive.keyword) ? wanted[directive.keyword] : undefined;
    if (values === undefined) return [];
    if (values.includes(directive.value) && !countsAsSet.has(directive.keyword)) return [];
    if (cumulative.has(directive.keyword)) return [];
    return [describe(directive)];
  });
}

function describe({ keyword, value, file, line, match }: Directive): string {
  const said = `${file}:${line}: ${directiveNames[keyword] ?? keyword} ${value}`;
  if (match === undefined) return `${said} is set there too; sshd takes the first value and drops the other`;
  return `${said} holds for "Match ${match}" instead${consequence(keyword, value)}`;
}

function consequence(keyword: string, value: string): string {
  if (keyword === "revokedkeys") return ": what the cluster revokes would go on working there";
  if (keyword === "trustedusercakeys" || (keyword === "pubkeyauthentication" && value === "no")) {
    return ": certificates of the cluster would be refused there";
  }
  return ": who may log in would be decided by that there";
}

/** Where what is in force is not what was written; sentences for an administrator. */
export function decideMismatches(
  settings: SshdSettings,
  wanted: WantedSettings,
  connection: ConnectionSpec | undefined,
): readonly string[] {
  const who = connection === undefined ? "" : ` for user ${connection.user} from ${connection.addr}`;
  return Object.entries(wanted).flatMap(([keyword, values]) => {
    if (values.length === 0) return [];
    const inForce = valuesOf(settings, keyword);
    const expected = values.filter((value) => value !== "none");
    const missing = expected.filter((value) => !inForce.includes(value));
    const isSame = missing.length === 0 && (expected.length > 0 || inForce.length === 0);
    if (isSame) return [];
    const name = directiveNames[keyword] ?? keyword;
    const shown = inForce.length === 0 ? "none" : inForce.join(", ");
    return [`${name} is ${shown}${who}, and not ${expected.join(", ") || "none"}`];
  });
}
