import { AppError } from "@sallyport/api";
import type { RevokedCertificate, RevokedKey } from "./revocation.ts";
import type { RevocationView } from "./revocation-view.ts";

interface RevocationPage {
  readonly revocations: readonly (RevokedCertificate | RevokedKey)[];
  /** "" when there is no more. */
  readonly nextToken: string;
}

/** One page: entries in the order of their ids, then keys. */
export function listRevocations(view: RevocationView, limit: number, token: string): RevocationPage {
  if (token !== "" && !/^(entry|key) [\w+/:]{1,64}$/.test(token)) {
    throw new AppError("BAD_PARAMETER", "the page token is not one that this service gave out");
  }
  const all = [
    ...Array.from(view.entries(), (revoked) => ({ place: `entry ${revoked.certificate.id}`, revoked })),
    ...Array.from(view.keys(), (revoked) => ({ place: `key ${revoked.fingerprint}`, revoked })),
  ];
  const left = all.filter(({ place }) => place > token).sort((a, b) => (a.place < b.place ? -1 : 1));
  const page = left.slice(0, limit);
  const last = left.length > page.length ? page.at(-1) : undefined;
  return { revocations: page.map(({ revoked }) => revoked), nextToken: last?.place ?? "" };
}
