type GenerationVerdict =
  | { readonly outcome: "renew"; readonly generation: bigint }
  | { readonly outcome: "refuse"; readonly because: string }
  /** Two hold what one was given: nobody can tell which of them is the thief. */
  | { readonly outcome: "lock"; readonly because: string };

/**
 * Whether a renewable certificate is the latest of its holder. Each renewal counts on by one, so that a stolen one is
 * found out when both sides have used theirs. `stored` is undefined where nothing is known of the holder.
 */
export function decideGeneration(presented: bigint, stored: bigint | undefined): GenerationVerdict {
  if (presented === 0n) {
    return { outcome: "refuse", because: "the renewable certificate has no generation" };
  }
  if (stored === undefined) return { outcome: "lock", because: "nothing is known of the holder" };
  if (presented !== stored) {
    return { outcome: "lock", because: `generation ${presented} was presented, ${stored} is the latest` };
  }
  return { outcome: "renew", generation: stored + 1n };
}
