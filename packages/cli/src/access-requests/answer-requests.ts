import type { AccessRequestAnswer, ResolvedState } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { plainText } from "../terminal/plain-text.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Resolves requests one after the other, and says so for each; the first that fails ends it. */
export async function answerRequests(
  client: Client,
  terminal: Terminal,
  ids: readonly string[],
  state: ResolvedState,
  answer: AccessRequestAnswer,
): Promise<void> {
  const word = state === "APPROVED" ? "approved" : "denied";
  for (const id of ids) {
    await client.accessRequests.setState(id, state, answer);
    terminal.print(`access request ${plainText(id)} has been ${word}\n`);
  }
}
