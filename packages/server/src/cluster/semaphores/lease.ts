/** A holder's place in a semaphore. Instants are milliseconds since 1970. */
export interface Lease {
  readonly id: string;
  readonly expiresAt: number;
  readonly holder: string;
}

/** At most this long is a lease valid without being kept alive. */
export const MAX_LEASE_MS = 24 * 60 * 60 * 1000;

/** The leases that still hold. */
export const heldLeases = (leases: readonly Lease[], now: number): readonly Lease[] =>
  leases.filter((lease) => lease.expiresAt > now);

/** The leases with one more, or undefined when all places are taken. */
export function acquire(
  leases: readonly Lease[],
  lease: Lease,
  max: number,
  now: number,
): readonly Lease[] | undefined {
  const held = heldLeases(leases, now);
  return held.length >= max ? undefined : [...held, lease];
}

/** The leases with one prolonged, or undefined when it is not held any more. */
export function keepAlive(
  leases: readonly Lease[],
  id: string,
  expiresAt: number,
  now: number,
): readonly Lease[] | undefined {
  const held = heldLeases(leases, now);
  return held.some((lease) => lease.id === id)
    ? held.map((lease) => (lease.id === id ? { ...lease, expiresAt } : lease))
    : undefined;
}

/** The leases without one, or undefined when it was not there. */
export function release(leases: readonly Lease[], id: string, now: number): readonly Lease[] | undefined {
  const held = heldLeases(leases, now);
  return held.some((lease) => lease.id === id) ? held.filter((lease) => lease.id !== id) : undefined;
}
