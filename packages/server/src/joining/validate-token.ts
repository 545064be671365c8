import { AppError, nearestName } from "@sallyport/api";
import { isSystemRole, systemRoles } from "../rpc/caller.ts";

/** What validation looks at. */
export interface TokenFacts {
  readonly name: string;
  readonly roles: readonly string[];
  readonly joinMethod: string;
  readonly botName: string;
  readonly hasRules: boolean;
  readonly expiresAt: number | undefined;
}

const joinMethods = [
  "token",
  "ec2",
  "iam",
  "github",
  "circleci",
  "kubernetes",
  "azure",
  "gitlab",
  "gcp",
  "spacelift",
  "tpm",
  "terraform_cloud",
  "bitbucket",
  "oracle",
  "azure_devops",
  "bound_keypair",
] as const;

/** Roles that no token may hand out. */
const neverJoined: readonly string[] = ["Admin", "Nop", "RemoteProxy"];

/** Throws BAD_PARAMETER, saying which field is wrong. The name is often a secret, so it is never repeated. */
export function validateToken(token: TokenFacts, now: number): void {
  const bad = (message: string) => new AppError("BAD_PARAMETER", `token: ${message}`);
  // The name ends up in scripts and URLs (threat 32).
  if (!/^[A-Za-z0-9][A-Za-z0-9._~@:+-]{0,254}$/.test(token.name)) {
    throw bad("metadata.name may have letters, digits and ._~@:+- only, at most 255 of them");
  }
  if (token.roles.length === 0) throw bad("spec.roles is empty; name the system roles that it lets join");
  for (const role of token.roles) {
    if (!isSystemRole(role)) {
      const near = nearestName(role, systemRoles);
      throw bad(
        `${JSON.stringify(role)} is not a system role${near === undefined ? "" : `; did you mean ${near}?`}`,
      );
    }
    if (neverJoined.includes(role)) throw bad(`nobody can join as ${role}`);
  }
  if (!(joinMethods as readonly string[]).includes(token.joinMethod)) {
    const near = nearestName(token.joinMethod, joinMethods);
    throw bad(
      `there is no join method ${JSON.stringify(token.joinMethod)}${near === undefined ? "" : `; did you mean ${near}?`}`,
    );
  }
  if (token.roles.includes("Bot") !== (token.botName !== "")) {
    throw bad("spec.bot_name and the role Bot go together");
  }
  if (token.botName !== "" && token.roles.length > 1) throw bad("a token for a bot has the role Bot alone");
  if (token.expiresAt !== undefined && token.expiresAt <= now) throw bad("metadata.expires is in the past");
}

/** The system role of that name, however it is written, as in `node` or `trustedcluster`; any other name as it is. */
export function canonicalRole(name: string): string {
  const plain = (role: string) => role.toLowerCase().replaceAll("_", "");
  return systemRoles.find((role) => plain(role) === plain(name)) ?? name;
}

/** The name as it may be shown: of a secret one only the last quarter. */
export function safeTokenName(name: string, joinMethod: string): string {
  if (joinMethod !== "token") return name;
  const hidden = Math.floor((name.length * 3) / 4);
  return "*".repeat(hidden) + name.slice(hidden);
}
