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

/** The signed list of the SPIFFE authority, and each further one that differs, until the client goes away. */
export async function* streamCrl(deps: CrlStreamDeps, signal: AbortSignal): AsyncGenerator<{ crl: Buffer }> {
  const changes = openChanges(deps, signal);
  try {
    let sent: Buffer | undefined;
    while (!signal.aborted) {
      const { der } = await deps.lists.crl.current(await deps.lists.authorities.activeX509("spiffe"));
      if (der !== sent) yield { crl: der };
      sent = der;
      await changes.next();
    }
  } finally {
    changes.close();
  }
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
