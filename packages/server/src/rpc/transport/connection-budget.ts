import { networkOf } from "../ip-address.ts";

export interface BudgetLimits {
  readonly maxConnections: number;
  readonly maxUnverifiedConnections: number;
  readonly maxUnverifiedConnectionsPerIp: number;
}

/** A place that one connection holds. It starts as unverified, the state that strangers can reach. */
export interface ConnectionPlace {
  /** The client proved who it is: it no longer counts against its address. */
  verified(): void;
  release(): void;
}

export type Admission =
  | { readonly ok: true; readonly place: ConnectionPlace }
  | { readonly ok: false; readonly because: BudgetReason };
export type BudgetReason = "too many connections" | "too many connections without a client certificate";

/**
 * Counts connections so that those who have proved nothing can neither use up the machine nor lock out those who
 * have: they share a smaller budget, and one address gets only a part of it.
 */
export class ConnectionBudget {
  readonly #limits: BudgetLimits;
  readonly #unverifiedByIp = new Map<string, number>();
  #open = 0;
  #unverified = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  get unverified(): number {
    return this.#unverified;
  }

  /** `ip` is undefined where the address is that of a load balancer, whose clients must not share one budget. */
  admit(address: string | undefined): Admission {
    // One host has all addresses of its network of IPv6.
    const ip = address === undefined ? undefined : networkOf(address);
    if (this.#open >= this.#limits.maxConnections) return { ok: false, because: "too many connections" };
    if (this.#isFull(ip)) return { ok: false, because: "too many connections without a client certificate" };
    this.#open += 1;
    this.#count(ip, 1);
    return { ok: true, place: this.#place(ip) };
  }

  #isFull(ip: string | undefined): boolean {
    if (this.#unverified >= this.#limits.maxUnverifiedConnections) return true;
    if (ip === undefined) return false;
    return (this.#unverifiedByIp.get(ip) ?? 0) >= this.#limits.maxUnverifiedConnectionsPerIp;
  }

  #place(ip: string | undefined): ConnectionPlace {
    let state: "unverified" | "verified" | "released" = "unverified";
    const verified = () => {
      if (state !== "unverified") return;
      state = "verified";
      this.#count(ip, -1);
    };
    const release = () => {
      if (state === "released") return;
      verified();
      state = "released";
      this.#open -= 1;
    };
    return { verified, release };
  }

  #count(ip: string | undefined, by: 1 | -1): void {
    this.#unverified += by;
    if (ip === undefined) return;
    const count = (this.#unverifiedByIp.get(ip) ?? 0) + by;
    if (count === 0) this.#unverifiedByIp.delete(ip);
    else this.#unverifiedByIp.set(ip, count);
  }
}
