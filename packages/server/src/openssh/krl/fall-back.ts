import { encodeKrl, type Krl, type SshPublicKey } from "@sallyport/ssh";

/** What sshd is to do while nobody can say what is revoked. */
export const fallBacks = ["open", "closed"] as const;
export type FallBack = (typeof fallBacks)[number];

const closedComment = "closed: no fresh list of revoked keys";

/**
 * The list for the time without a fresh one; undefined where the one that is there stays. `open` goes on by the last
 * list, or by an empty one where none can be read. `closed` refuses every certificate of the authorities as well; other
 * keys, such as that of an account for emergencies, still work. Either way sshd can read it.
 */
export function fallBackKrl(
  choice: FallBack,
  current: Krl | undefined,
  authorities: readonly SshPublicKey[],
): Uint8Array | undefined {
  if (choice === "open") {
    if (current !== undefined) return undefined;
    return encodeKrl({ version: 0n, generatedAt: 0, comment: "open: no list of revoked keys" });
  }
  if (current?.comment === closedComment) return undefined;
  return encodeKrl({
    version: current?.version ?? 0n,
    // As old as what it stands for, so that the next fresh list is taken.
    generatedAt: current?.generatedAt ?? 0,
    comment: closedComment,
    ...(current === undefined ? {} : contentOf(current)),
    keys: [...keysOf(current), ...authorities],
  });
}

function contentOf({ certificates, fingerprints }: Krl) {
  return {
    certificates: certificates.map(({ ca, serials, keyIds }) => ({
      ...(ca === undefined ? {} : { ca }),
      serials: serials.ranges(),
      keyIds,
    })),
    fingerprints,
  };
}

const keysOf = (krl: Krl | undefined) => [...(krl?.keys ?? [])].map((text) => Buffer.from(text, "base64"));
