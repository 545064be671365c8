// An access plugin as people write them with the SDK: it notes each pending request in its plugin data, once, and
// prints a line of JSON for whatever it sees. Arguments: the address, and the path of its files without endings.
import type { Client } from "@sallyport/api";
import { connect, fromFiles } from "@sallyport/api/node";

const PENDING = 1;
const [, , address = "", out = ""] = process.argv;

const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

await using client = await connect({
  address,
  credentials: fromFiles({ cert: `${out}.crt`, key: `${out}.key`, ca: `${out}.cas` }),
});
for await (const event of client.watch(["access_request"], { signal: stop.signal })) {
  if (event.type === "init") say({ saw: "init", cluster: (await client.ping()).ClusterName });
  if (event.type === "delete") say({ saw: "delete", id: event.name });
  if (event.type !== "put" || event.resource.case !== "AccessRequest") continue;
  const { State: state, User: user, Roles: roles } = event.resource.value.Spec ?? {};
  if (state === PENDING) await announce(client, event.name);
  say({ saw: "put", id: event.name, state, user, roles });
}

/** Posts the request to the chat, unless an earlier run has done so. */
async function announce({ pluginData }: Client, id: string): Promise<void> {
  await pluginData.compareAndSwap({ plugin: "chat", resource: id }, (noted) =>
    noted.message === undefined ? { ...noted, message: `about ${id}` } : undefined,
  );
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
