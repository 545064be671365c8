import type { TokenKeyWish } from "../signer.ts";

/** What a key is for. The token keeps it with the key, so that nobody who asks can say otherwise. */
export type KeyLabel = Pick<TokenKeyWish, "use" | "caType" | "clusterName">;

const PREFIX = "sallyport";
const uses = ["ssh", "tls", "jwt"] as const;

export const labelOf = ({ use, caType, clusterName }: KeyLabel): string =>
  [PREFIX, use, caType, clusterName].join(" ");

/** Undefined for a key that this program did not make. */
export function readLabel(label: string): KeyLabel | undefined {
  const [prefix, use, caType, clusterName, more] = label.split(" ");
  const known = uses.find((one) => one === use);
  if (prefix !== PREFIX || known === undefined || !caType || !clusterName || more !== undefined) {
    return undefined;
  }
  return { use: known, caType, clusterName };
}
