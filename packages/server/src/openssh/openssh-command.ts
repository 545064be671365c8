import { setupClientCommand, setupClientUsage } from "./client/setup-client-command.ts";
import type { Command } from "./command.ts";
import { renewHostCommand, renewHostUsage } from "./host/renew-host-command.ts";
import { setupHostCommand, setupHostUsage } from "./host/setup-host-command.ts";
import { runCommand } from "./run-command.ts";

const usage = `sallyport openssh: certificates with a stock sshd and a stock ssh

Usage:
  sallyport openssh setup-host [--host NAMES] [--reload]      on a server: take certificates, show one
  sallyport openssh setup-host --undo                         take that away again
  sallyport openssh renew-host [--reload]                     on a server: new certificates before they end
  sallyport openssh renew-host --print-unit                   print a service and a timer of systemd for it
  sallyport openssh setup-client [--hosts PATTERNS]           on a client: trust the cluster's hosts
  sallyport openssh setup-client --undo                       take that away again

All options: sallyport openssh setup-host --help, and so on
`;

const verbs = {
  "setup-host": { run: setupHostCommand, usage: setupHostUsage },
  "renew-host": { run: renewHostCommand, usage: renewHostUsage },
  "setup-client": { run: setupClientCommand, usage: setupClientUsage },
};

/** `sallyport openssh …` */
export const opensshCommand: Command = (args, around) =>
  runCommand({ name: "openssh", usage, verbs }, args, around);
