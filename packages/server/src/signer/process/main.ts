// The entry of the signer process: requests on standard input, answers on a pipe that no module can print to.
import { writeSync } from "node:fs";
import { systemClock } from "../../kernel/clock.ts";
import { openToken } from "../token/open-token.ts";
import { serveSigner } from "./serve-signer.ts";

const OUT = 3;

serveSigner(
  {
    clock: systemClock,
    input: process.stdin,
    // At once, so that an answer is out before the process ends.
    write: (frame) => {
      for (let sent = 0; sent < frame.length; ) sent += writeSync(OUT, frame, sent);
    },
    end: () => process.exit(1),
  },
  openToken,
);
