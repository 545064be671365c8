import {
  AppError,
  isAppError,
  type KindName,
  nearestName,
  type Resource,
  resourceName,
} from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { actionsOf } from "./index.ts";

/** A resource that somebody named on the command line. */
export interface NamedResource {
  readonly kind: KindName;
  readonly name: string;
}

export const userNamed = (name: string): NamedResource => ({ kind: "user", name });
export const roleNamed = (name: string): NamedResource => ({ kind: "role", name });

/**
 * Does what needs resources of these names. Where it fails because one of them is not there, the error also says which
 * name is near, to whoever may list them.
 */
export async function suggestNames<T>(
  client: Client,
  named: readonly NamedResource[],
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isAppError(error, "NOT_FOUND")) throw error;
    const near = await findNear(client, named);
    if (near === undefined) throw error;
    const details = { ...error.details, hint: `Did you mean ${near.kind} ${JSON.stringify(near.name)}?` };
    throw new AppError(error.reason, error.message, { cause: error, details });
  }
}

/** That nobody and nothing has this name, and what is near; undefined where it is there, or not to be looked at. */
export async function describeMissing(
  client: Client,
  named: NamedResource,
): Promise<{ readonly says: string; readonly hint: string } | undefined> {
  try {
    await suggestNames(client, [named], () =>
      actionsOf[named.kind].get(client, named.name, { withSecrets: false }),
    );
    return undefined;
  } catch (error) {
    if (isAppError(error, "ACCESS_DENIED")) return undefined;
    if (!isAppError(error, "NOT_FOUND")) throw error;
    const { hint } = error.details;
    return { says: error.message, hint: typeof hint === "string" ? hint : "" };
  }
}

/** Names that people choose and mistype; that of a token is a secret, and those of locks are numbers. */
const mistyped: readonly KindName[] = ["user", "role", "workload_identity"];

async function findNear(client: Client, named: readonly NamedResource[]): Promise<NamedResource | undefined> {
  for (const { kind, name } of named.filter((one) => mistyped.includes(one.kind))) {
    const known = (await namesOf(client, kind)) ?? [];
    const near = known.includes(name) ? undefined : nearestName(name, known);
    if (near !== undefined) return { kind, name: near };
  }
  return undefined;
}

/** The names of all resources of a kind; undefined for whoever may not list them. */
export async function namesOf(client: Client, kind: KindName): Promise<readonly string[] | undefined> {
  try {
    const found = await actionsOf[kind].list(client, { withSecrets: false });
    return found.map((message) => resourceName({ kind, message } as Resource));
  } catch (error) {
    if (isAppError(error, "ACCESS_DENIED") || isAppError(error, "NOT_IMPLEMENTED")) return undefined;
    throw error;
  }
}
