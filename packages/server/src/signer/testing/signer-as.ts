// `sallyport signer …` as another user where root starts it: UID GID ARGUMENT…
import { thisMachine } from "@sallyport/api/node";
import { systemClock } from "../../kernel/clock.ts";
import { signerCommand } from "../../signer-command.ts";
import { loadSigner } from "../service/run-signer.ts";
import { become } from "./become.ts";

const [uid, gid, ...args] = process.argv.slice(2);
await loadSigner();
become([uid, gid]);
process.exitCode = await signerCommand(args, {
  machine: thisMachine(),
  hostName: "host",
  program: [],
  clock: systemClock,
  print: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(`${text}\n`),
});
