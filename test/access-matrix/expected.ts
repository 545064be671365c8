import { readFileSync } from "node:fs";

/** One line of the reviewed table. */
export interface ExpectedRow {
  /** `package.Service/Method`. */
  readonly method: string;
  /** Which request, where a method has several; "" otherwise. */
  readonly variant: string;
  readonly who: ReadonlySet<string>;
}

export const people = ["no-roles", "requester", "reviewer", "auditor", "editor", "access", "plugin"] as const;

/** System roles that have a rule set, but Nop. */
const services = [
  "Admin",
  "Auth",
  "Proxy",
  "Node",
  "App",
  "Db",
  "Kube",
  "WindowsDesktop",
  "Discovery",
  "Okta",
  "MDM",
  "Instance",
  "Signup",
  "ProvisionToken",
  "AccessGraphPlugin",
] as const;

/** System roles that nobody gets anything for. */
const without = ["Nop", "Bot", "Trusted_cluster", "RemoteProxy"] as const;

/** Every system role that a certificate can name. */
export const systemCallers: readonly string[] = [...services, ...without];

/** Callers that get no answer at all: the connection is closed. */
export const closedCallers = ["expired", "foreign"] as const;

export const callers: readonly string[] = ["nobody", ...closedCallers, "locked", ...people, ...systemCallers];

const certified = [...people, ...services, "Nop"];
const groups: Readonly<Record<string, readonly string[]>> = {
  anyone: ["nobody", ...certified],
  certified,
  people,
  services,
};

/** The table as it stands in `expected.tsv`. Throws where it names a caller that there is not. */
export function readExpected(): readonly ExpectedRow[] {
  const text = readFileSync(new URL("expected.tsv", import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [method = "", variant = "", who = "", ground = ""] = line.split("\t");
      if (ground === "") throw new Error(`expected.tsv: ${method} says no ground`);
      return { method, variant, who: new Set(who.split(" ").filter(Boolean).flatMap(membersOf)) };
    });
}

function membersOf(word: string): readonly string[] {
  const members = groups[word] ?? (callers.includes(word) ? [word] : undefined);
  if (members === undefined) throw new Error(`expected.tsv: there is no caller ${JSON.stringify(word)}`);
  return members;
}
