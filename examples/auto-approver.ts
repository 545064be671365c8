// Approves access requests that ask for nothing but harmless roles. Several copies may run at once.
import { type AccessRequestV3, type Client, isAppError } from "@sallyport/api";
import { connectAs, readArguments, run } from "./connection-arguments.ts";

const usage = `
node auto-approver.ts --role NAME [--role NAME …] [options]
Approves pending access requests whose roles are all among the named ones.

  --role NAME              a role that may be given to whoever asks`;

const plugin = "auto-approver";
const claimMs = 60_000;

await run(async (signal) => {
  const values = readArguments(usage, { role: { type: "string", multiple: true, default: [] } });
  const harmless = new Set(values.role);
  await using client = await connectAs(values);

  for await (const event of client.watch([{ kind: "access_request", filter: { state: "PENDING" } }], {
    signal,
  })) {
    if (event.type === "init" || event.type === "gap") {
      console.log("watching; looking at what is pending already");
      for await (const request of client.accessRequests.list({ state: "PENDING" }, { signal })) {
        await consider(client, request, harmless);
      }
    } else if (event.type === "put" && event.resource.case === "AccessRequest") {
      await consider(client, event.resource.value, harmless);
    }
  }
});

async function consider(
  client: Client,
  request: AccessRequestV3,
  harmless: ReadonlySet<string>,
): Promise<void> {
  const id = request.Metadata?.Name ?? "";
  const { Roles: roles = [], User: user = "" } = request.Spec ?? {};
  if (roles.length === 0 || !roles.every((role) => harmless.has(role))) return;
  try {
    if (!(await claim(client, id))) return;
    await client.accessRequests.approve(id, { reason: "approved automatically", delegator: plugin });
    console.log(`approved ${id}: ${user} for ${roles.join(", ")}`);
  } catch (error) {
    // Somebody answered or removed it meanwhile: that is no reason to stop.
    if (!isAppError(error, "NOT_FOUND") && !isAppError(error, "BAD_PARAMETER")) throw error;
    console.log(`left ${id} alone: ${error.message}`);
  }
}

/** True for the one copy of this program that may answer now. A claim that led to nothing lapses after a minute. */
async function claim(client: Client, id: string): Promise<boolean> {
  const mine = { claimedBy: `${process.pid}`, claimedAt: `${Date.now()}` };
  const notes = await client.pluginData.compareAndSwap({ plugin, resource: id }, (now) =>
    Date.now() - Number(now.claimedAt ?? 0) > claimMs ? mine : undefined,
  );
  return notes.claimedBy === mine.claimedBy && notes.claimedAt === mine.claimedAt;
}
