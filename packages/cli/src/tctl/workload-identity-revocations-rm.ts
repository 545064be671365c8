import { readSerial } from "../certificates/read-serial.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly serial: string;
}

export const workloadIdentityRevocationsRm = verb<Options>({
  path: ["workload-identity", "revocations", "rm"],
  aliases: ["del"],
  summary: "remove a revocation",
  details:
    "A certificate that this cluster issued stays in its lists; whoever has one of them would not hear otherwise.",
  examples: [
    { line: "tctl workload-identity revocations rm --serial=aabbcc01", does: "one, by its serial number" },
  ],
  takes: (command) => command.requiredOption("--serial <number>", "the serial number, in hexadecimal"),
  run: async (tool, { serial }) => {
    const name = readSerial(serial);
    const client = await tool.connect();
    await client.workloadIdentityRevocations.deleteWorkloadIdentityX509Revocation({ name });
    tool.terminal.print(`the revocation of ${name} has been deleted\n`);
  },
});
