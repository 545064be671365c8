// A process that writes until it is killed, and says what was acknowledged.
// Arguments: the database, the name of the round, how many clients, how many acts per client.
import { writeSync } from "node:fs";
import { type Item, key, openBackend } from "@sallyport/server/storage";

const [path = "", round = "", clients = "1", acts = "1"] = process.argv.slice(2);
const backend = await openBackend({ kind: "sqlite", path });

/** One act: the thing, its place in an order, the counter of its client, and its audit entry. */
async function act(client: number, index: number): Promise<void> {
  const id = `${round}-${client}-${index}`;
  const revision = id as Item["revision"];
  const value = new TextEncoder().encode(id.padEnd(700, "."));
  const put = (...path: string[]) =>
    ({ op: "put", key: key(...path), value, revision, condition: { is: "absent" } }) as const;
  const counter = key("counters", `${round}-${client}`);
  const result = await backend.commit([
    put("things", id),
    put("by_order", `${index}`, id),
    { op: "put", key: counter, value, revision, condition: { is: "any" } },
    put("audit", id),
  ]);
  if (!result.ok) throw new Error(`${id} was refused`);
}

/** Said when this returns: the line is in the pipe. A reader that is slow to empty it is waited for. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

async function client(number: number): Promise<void> {
  for (let index = 0; index < Number(acts); index++) {
    say(`asked ${round}-${number}-${index}`);
    await act(number, index);
    say(`answered ${round}-${number}-${index}`);
  }
}

await Promise.all(Array.from({ length: Number(clients) }, (_, number) => client(number)));
await backend.close();
