// A client in a process of its own, which the test puts to sleep: an address and an identity file.
import { readFileSync } from "node:fs";
import { connect, fromIdentityFile } from "@sallyport/api/node";

const [address = "", identity = ""] = process.argv.slice(2);
const client = await connect({ address, credentials: fromIdentityFile(readFileSync(identity, "utf8")) });
const stream = client.auth.watchEvents({ Kinds: [{ Kind: "user" }] })[Symbol.asyncIterator]();
await stream.next();
process.stdout.write("ready\n");
await stream.next();
