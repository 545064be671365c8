import { AppError, isAppError, nearestName } from "@sallyport/api";
import type { Client } from "../connection/client.ts";

/** The first of the roles that the user may not ask for and that is nearly called like one that they may, in words. */
export async function suggestRequestable(
  client: Client,
  user: string,
  roles: readonly string[],
): Promise<string | undefined> {
  if (user === "" || roles.length === 0) return undefined;
  const known = await requestableRoles(client, user);
  for (const role of roles.filter((name) => !known.includes(name))) {
    const near = nearestName(role, known);
    if (near !== undefined) return `Did you mean role ${JSON.stringify(near)}?`;
  }
  return undefined;
}

/** Asks for access; where the rules refuse a role, the error also says which one may be meant. */
export async function withRequestable<T>(
  client: Client,
  user: string,
  roles: readonly string[],
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isAppError(error, "BAD_PARAMETER")) throw error;
    const hint = await suggestRequestable(client, user, roles);
    if (hint === undefined) throw error;
    throw new AppError(error.reason, error.message, { cause: error, details: { ...error.details, hint } });
  }
}

/** None for whoever may not know them: what is nice to have does not fail. */
async function requestableRoles(client: Client, User: string): Promise<readonly string[]> {
  try {
    return (await client.accessRequests.capabilities({ User, RequestableRoles: true })).RequestableRoles;
  } catch (error) {
    if (isAppError(error)) return [];
    throw error;
  }
}
