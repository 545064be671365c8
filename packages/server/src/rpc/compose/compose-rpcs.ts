import type { DescService } from "@bufbuild/protobuf";
import type { RpcTable } from "../table.ts";

type MethodsOf<Part> = Part extends unknown ? keyof Part : never;

type Taken<Parts extends readonly unknown[]> = MethodsOf<Parts[number]>;

type TakenTwice<Parts extends readonly unknown[], Seen = never> = Parts extends readonly [
  infer Head,
  ...infer Rest,
]
  ? (keyof Head & Seen) | TakenTwice<Rest, Seen | keyof Head>
  : never;

/** `unknown` where every method is taken once; otherwise a demand that nothing meets, which names the methods. */
type Complete<S extends DescService, Parts extends readonly unknown[]> = [
  Exclude<keyof S["method"], Taken<Parts>>,
] extends [never]
  ? [TakenTwice<Parts>] extends [never]
    ? [Exclude<Taken<Parts>, keyof S["method"]>] extends [never]
      ? unknown
      : { readonly "the service has no method": Exclude<Taken<Parts>, keyof S["method"]> }
    : { readonly "two parts take": TakenTwice<Parts> }
  : { readonly "no part takes": Exclude<keyof S["method"], Taken<Parts>> };

/**
 * The table of a service that many domains share, from the part of each. A method that no part takes, or that two
 * take, does not compile; should it ever run, it throws.
 */
export function composeRpcs<S extends DescService, const Parts extends readonly Partial<RpcTable<S>>[]>(
  service: S,
  parts: Parts & Complete<S, Parts>,
): RpcTable<S> {
  const table = new Map<string, unknown>();
  for (const part of parts) {
    for (const [method, entry] of Object.entries(part)) {
      if (table.has(method)) throw new Error(`two parts take ${service.typeName}.${method}`);
      table.set(method, entry);
    }
  }
  const composed = Object.fromEntries(table) as RpcTable<S>;
  checkTable(service, composed);
  return composed;
}

/** Throws where a table does not have exactly the methods of its service, each with its word on who may call it. */
export function checkTable(service: DescService, table: Readonly<Record<string, unknown>>): void {
  const declared = new Set(service.methods.map((method) => method.localName));
  for (const method of declared) {
    const entry = Object.hasOwn(table, method) ? table[method] : undefined;
    const { access, handle } = (entry ?? {}) as { access?: unknown; handle?: unknown };
    if (typeof handle !== "function") throw new Error(`no part takes ${service.typeName}.${method}`);
    if (typeof access !== "object" || access === null) {
      throw new Error(`${service.typeName}.${method} does not say who may call it`);
    }
  }
  for (const method of Object.keys(table)) {
    if (!declared.has(method)) throw new Error(`${service.typeName} has no method ${method}`);
  }
}
