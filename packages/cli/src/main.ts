import { homedir } from "node:os";
import { runTctl } from "./tctl/run.ts";
import { processTerminal } from "./terminal/process-terminal.ts";

const terminal = processTerminal();
await runTctl(process.argv.slice(2), {
  terminal,
  env: process.env,
  workingDir: process.cwd(),
  uid: process.getuid?.(),
  home: homedir(),
  now: Date.now,
});
process.exitCode = terminal.exitCode;
