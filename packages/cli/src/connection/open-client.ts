import { connect, type LocalMachine } from "@sallyport/api/node";
import type { GlobalOptions } from "../tctl/tool.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Client } from "./client.ts";
import { findCluster } from "./find-cluster.ts";
import { warnOfReaders } from "./warn-of-readers.ts";

/** Shorter than for programs: somebody waits for it. */
const connectTimeoutMs = 10_000;

/** The client of the cluster that the options, the environment or this host name. */
export async function openClient(
  options: GlobalOptions,
  machine: LocalMachine & { readonly terminal: Terminal },
): Promise<Client> {
  const { addresses, credentials } = await findCluster(options, machine);
  await warnOfReaders(credentials.files, machine.terminal);
  return connect({ address: addresses, credentials, connectTimeoutMs });
}
