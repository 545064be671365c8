import { AppError, isAppError, type KindName, nearestName } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { actionsOf } from "./index.ts";

/** A resource that somebody named on the command line. */
export interface NamedResource {
  readonly kind: KindName;
  readonly name: string;
}

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

async function findNear(client: Client, named: readonly NamedResource[]): Promise<NamedResource | undefined> {
  for (const { kind, name } of named) {
    const known = await namesOf(client, kind);
    const near = known.includes(name) ? undefined : nearestName(name, known);
    if (near !== undefined) return { kind, name: near };
  }
  return undefined;
}

/** The names of all resources of a kind; none for whoever may not list them. */
export async function namesOf(client: Client, kind: KindName): Promise<readonly string[]> {
  try {
    const found = await actionsOf[kind].list(client, { withSecrets: false });
    return found.map((message) => nameIn(message));
  } catch (error) {
    if (isAppError(error, "ACCESS_DENIED") || isAppError(error, "NOT_IMPLEMENTED")) return [];
    throw error;
  }
}
