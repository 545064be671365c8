import type { TokenKeyWish } from "../signer.ts";
import { madeAtOf } from "../token/key-id.ts";

/** A key as the token tells of it. */
interface TokenKeyFacts extends Pick<TokenKeyWish, "use" | "caType" | "clusterName"> {
  readonly keyId: string;
  readonly kind: "rsa" | "ec";
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
}

/** A new one is not used either, and may be about to be. */
export type KeyState = "in use" | "unused" | "new" | "another cluster";

/** From the making of a key to the authority that has it: the longest that a slow token takes for all keys of one. */
const NEW_MS = 3_600_000;
/** Clocks differ; an id that says a time further on than this was not made from one. */
const AHEAD_MS = 24 * 3_600_000;

export interface TokenKeyRow extends Omit<TokenKeyFacts, "spki"> {
  readonly state: KeyState;
}

/** What the cluster says of itself: its name, and the public keys of its authorities, active and trusted. */
interface KeysInUse {
  readonly clusterName: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spkis: readonly Uint8Array[];
}

/** Of each key whether an authority still has it. Those of other clusters in the same token are none of ours to judge. */
export function tokenKeyRows(
  keys: readonly TokenKeyFacts[],
  { clusterName, spkis }: KeysInUse,
  now: number,
): readonly TokenKeyRow[] {
  const inUse = new Set(spkis.map(textOf));
  return keys
    .map(({ spki, ...key }): TokenKeyRow => {
      if (inUse.has(textOf(spki))) return { ...key, state: "in use" };
      if (key.clusterName !== clusterName) return { ...key, state: "another cluster" };
      return { ...key, state: isNew(key.keyId, now) ? "new" : "unused" };
    })
    .sort((a, b) => compare(orderOf(a), orderOf(b)));
}

function isNew(keyId: string, now: number): boolean {
  const madeAt = madeAtOf(keyId);
  return madeAt !== undefined && madeAt > now - NEW_MS && madeAt <= now + AHEAD_MS;
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const orderOf = ({ clusterName, caType, use, state, keyId }: TokenKeyRow) =>
  [clusterName, caType, use, state, keyId].join(" ");
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const kindWords = { rsa: "RSA", ec: "ECDSA P-256" } as const;

/** Lines for a person, the first of them the headings. */
export function keyTable(rows: readonly TokenKeyRow[]): string {
  const lines = [
    ["Key id", "Cluster", "Authority", "For", "Algorithm", "State"],
    ...rows.map((row) => [row.keyId, row.clusterName, row.caType, row.use, kindWords[row.kind], row.state]),
  ];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return `${padded.map((line) => line.trimEnd()).join("\n")}\n`;
}
