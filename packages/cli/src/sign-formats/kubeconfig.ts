import { AppError } from "@sallyport/api";

/** What one context of a kubeconfig needs; certificates and key are PEM. */
export interface KubeContext {
  readonly name: string;
  readonly server: string;
  readonly authorities: string;
  readonly certificate: string;
  readonly privateKey: string;
}

type Fields = Record<string, unknown>;

/** The lists of a kubeconfig whose entries have names. */
const lists = ["clusters", "users", "contexts"] as const;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig with one context, which is the current one. */
export async function formatKubeconfig(context: KubeContext): Promise<string> {
  const { name, server } = context;
  const { stringify } = await import("yaml");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": base64(context.authorities) } }],
    users: [
      {
        name,
        user: {
          "client-certificate-data": base64(context.certificate),
          "client-key-data": base64(context.privateKey),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
    preferences: {},
  });
}

/**
 * The old kubeconfig with the entries of the fresh one: those of the same names are replaced, all others stay as they
 * are, and the fresh context becomes the current one.
 *
 * @throws AppError BAD_PARAMETER where the old file is none.
 */
export async function mergeKubeconfig(old: string, fresh: string): Promise<string> {
  const { parse, stringify } = await import("yaml");
  let before: unknown;
  try {
    before = parse(old, { maxAliasCount: 0 }) ?? {};
  } catch {
    // The message of the parser would quote the file, and keys with it.
    throw notKubeconfig();
  }
  if (!isFields(before) || (before.kind ?? "Config") !== "Config") throw notKubeconfig();
  const added = (parse(fresh) ?? {}) as Fields;
  const merged = Object.fromEntries(lists.map((list) => [list, mergeList(before[list], added[list])]));
  return stringify({ ...added, ...before, ...merged, "current-context": added["current-context"] });
}

function mergeList(old: unknown, fresh: unknown): unknown[] {
  const added = namedEntries(fresh ?? []);
  const names = new Set(added.map(({ name }) => name));
  return [...namedEntries(old ?? []).filter(({ name }) => !names.has(name)), ...added];
}

function namedEntries(value: unknown): Fields[] {
  if (Array.isArray(value) && value.every(isFields)) return value;
  throw notKubeconfig();
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function notKubeconfig(): AppError {
  return new AppError(
    "BAD_PARAMETER",
    "the file that is there is no kubeconfig, so nothing was added to it",
    {
      details: { hint: "Choose another --out, or replace it with --overwrite." },
    },
  );
}
