import type { Directive } from "./read-sshd-config.ts";
import type { ConnectionSpec } from "./sshd-settings.ts";

/** An account that is nobody's, and addresses that are nobody's (RFC 5737). */
const stranger: ConnectionSpec = { user: "sallyport-probe", host: "probe.invalid", addr: "192.0.2.1" };
const plain = /^[A-Za-z0-9_][A-Za-z0-9._:-]{0,63}$/;

/**
 * Connections to ask sshd about: a stranger's, the administrator's, one of each account that is named, and one that
 * satisfies each Match block, as far as its words can be satisfied without asking the system.
 */
export function decideProbes(
  others: readonly Directive[],
  accounts: readonly string[],
): readonly ConnectionSpec[] {
  const blocks = new Set(others.flatMap(({ match }) => match ?? []));
  const probes = [
    stranger,
    { ...stranger, user: "root", addr: "127.0.0.1" },
    ...accounts.map((user) => ({ ...stranger, user })),
    ...[...blocks].map(satisfy),
  ];
  return [...new Map(probes.map((probe) => [JSON.stringify(probe), probe])).values()];
}

function satisfy(criteria: string): ConnectionSpec {
  const words = criteria.split(/\s+|=/).map((word) => word.replaceAll('"', ""));
  let probe = stranger;
  for (const [index, word] of words.entries()) {
    const example = exampleOf(words[index + 1] ?? "");
    if (example === undefined) continue;
    if (/^user$/i.test(word)) probe = { ...probe, user: example };
    if (/^host$/i.test(word)) probe = { ...probe, host: example };
    if (/^address$/i.test(word)) probe = { ...probe, addr: example };
  }
  return probe;
}

/** A value that the first positive pattern of a list matches. */
function exampleOf(patterns: string): string | undefined {
  const first = patterns.split(",").find((pattern) => !pattern.startsWith("!")) ?? "";
  const example = (first.split("/")[0] ?? "").replaceAll("*", "1").replaceAll("?", "1");
  return plain.test(example) || /^[0-9a-fA-F:.]+$/.test(example) ? example : undefined;
}
