import type { Command } from "./command.ts";
import { fetchKrlCommand, fetchKrlUsage } from "./krl/fetch-krl-command.ts";
import { runCommand } from "./run-command.ts";

const usage = `sallyport krl: the list of revoked SSH keys and certificates, for sshd

Usage:
  sallyport krl fetch [--url URL] [--out FILE]      refresh the file that RevokedKeys names
  sallyport krl fetch --print-unit [--url URL] …    print a service and a timer of systemd for it

All options: sallyport krl fetch --help
`;

const verbs = { fetch: { run: fetchKrlCommand, usage: fetchKrlUsage } };

/** `sallyport krl …` */
export const krlCommand: Command = (args, around) => runCommand({ name: "krl", usage, verbs }, args, around);
