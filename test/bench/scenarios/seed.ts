import { connect, fromMemory } from "@sallyport/api/node";
import type { BenchCluster } from "../cluster.ts";
import { startLoader } from "../loader.ts";
import { createMessage, paths } from "./messages.ts";

/** Stores so many more access requests, through the API. */
export async function seedRequests(cluster: BenchCluster, count: number): Promise<void> {
  if (count <= 0) return;
  await using loader = await startLoader(cluster.requester(1));
  await loader.ask({ do: "prepare", messages: [createMessage("alice")] });
  await loader.ask({ do: "run", path: paths.create, calls: count, inFlight: 128 });
}

/** Ids of the requests that were stored first, at most so many. */
export async function listIds(cluster: BenchCluster, most: number): Promise<readonly string[]> {
  const { address, ...credentials } = cluster.plugin(1);
  await using client = await connect({ address, credentials: fromMemory(credentials) });
  const page = await client.auth.listAccessRequests({ Limit: most });
  return page.AccessRequests.map((request) => request.Metadata?.Name ?? "");
}
