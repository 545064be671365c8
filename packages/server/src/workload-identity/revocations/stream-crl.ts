import type { RevocationLists, RevocationView } from "../../certificates/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { X509RevocationFeed } from "./further-revocations.ts";

export interface CrlStreamDeps {
  readonly clock: Clock;
  readonly lists: RevocationLists;
  readonly revocations: RevocationView;
  readonly feed: X509RevocationFeed;
}

/** Lists are made anew now and then, also by another key, without anything being revoked. */
const LOOK_AGAIN_MS = 600_000;

interface SignedLists {
  /** Of the active key: what a message holds one of, and what clients put in the place of the one before. */
  readonly crl: Buffer;
  /** Of each other key whose SVIDs are trusted, as they are during a rotation. */
  readonly sallyportOtherCrls: Buffer[];
}

/** The signed lists of the SPIFFE authority, and again when one of them differs, until the client goes away. */
export async function* streamCrl(deps: CrlStreamDeps, signal: AbortSignal): AsyncGenerator<SignedLists> {
  const changes = openChanges(deps, signal);
  try {
    let sent: readonly Buffer[] = [];
    while (!signal.aborted) {
      const lists = await currentLists(deps);
      const all = [lists.crl, ...lists.sallyportOtherCrls];
      if (all.length !== sent.length || all.some((one, at) => one !== sent[at])) yield lists;
      sent = all;
      await changes.next();
    }
  } finally {
    changes.close();
  }
}

async function currentLists({ lists }: CrlStreamDeps): Promise<SignedLists> {
  const active = await lists.authorities.activeX509("spiffe");
  const keys = await lists.authorities.x509Of("spiffe");
  const others = keys.filter(({ fingerprint }) => fingerprint !== active.fingerprint);
  const { der: crl } = await lists.crl.current(active);
  const rest = await Promise.all(others.map((key) => lists.crl.current(key)));
  return { crl, sallyportOtherCrls: rest.map(({ der }) => der) };
}

/** What is heard while nobody waits is not lost: the next wait is over at once. */
function openChanges({ clock, revocations, feed }: CrlStreamDeps, signal: AbortSignal) {
  let isChanged = false;
  let wake: (() => void) | undefined;
  const hear = () => {
    isChanged = true;
    wake?.();
  };
  const stop = [
    feed.onChange(hear),
    revocations.onRevoked((revoked) => {
      if ("certificate" in revoked && revoked.certificate.caType === "spiffe") hear();
    }),
  ];
  signal.addEventListener("abort", hear, { once: true });
  return {
    next: async () => {
      const cancel = clock.after(LOOK_AGAIN_MS, hear);
      if (!isChanged && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      isChanged = false;
      wake = undefined;
      cancel();
    },
    close: () => {
      for (const end of stop) end();
      signal.removeEventListener("abort", hear);
    },
  };
}
