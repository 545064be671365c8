import type { Login } from "./login.ts";

/** Logins that differ only in when and where to. */
export interface Use {
  readonly login: Login;
  count: number;
  firstAt: number | undefined;
  lastAt: number | undefined;
  /** Machines that were logged in to, at most {@link maxHosts}. */
  readonly hosts: Set<string>;
}

const maxHosts = 20;

/** Gathers equal logins, so that a busy log asks the inventory no more often than a quiet one. */
export class UseBatch {
  readonly #uses = new Map<string, Use>();

  get size(): number {
    return this.#uses.size;
  }

  add(login: Login): void {
    const key = useKey(login);
    const known = this.#uses.get(key);
    if (known === undefined) this.#uses.set(key, firstUse(login));
    else addUse(known, firstUse(login));
  }

  /** What was gathered; the batch is empty then. */
  take(): Use[] {
    const uses = [...this.#uses.values()];
    this.#uses.clear();
    return uses;
  }
}

export function useKey({ account, address, fingerprint, certificate }: Login): string {
  return JSON.stringify([account, address, fingerprint, certificate?.serial, certificate?.authority]);
}

export function addUse(use: Use, more: Use): void {
  use.count += more.count;
  use.firstAt = pick(Math.min, use.firstAt, more.firstAt);
  use.lastAt = pick(Math.max, use.lastAt, more.lastAt);
  for (const host of more.hosts) if (use.hosts.size < maxHosts) use.hosts.add(host);
}

function firstUse(login: Login): Use {
  const hosts = new Set(login.host === "" ? [] : [login.host]);
  return { login, count: 1, firstAt: login.at, lastAt: login.at, hosts };
}

function pick(choose: (a: number, b: number) => number, a: number | undefined, b: number | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  return choose(a, b);
}
