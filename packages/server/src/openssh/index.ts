// A stock sshd and ssh with the cluster's certificates: commands for their hosts, run once and gone.
export type { Command, CommandSurroundings } from "./command.ts";
export { type ClusterOptions, clusterArguments, connectToCluster } from "./connect-to-cluster.ts";
export { krlCommand } from "./krl-command.ts";
export { opensshCommand } from "./openssh-command.ts";
export { readArguments } from "./read-arguments.ts";
export { runCommand } from "./run-command.ts";
export { UsageError } from "./usage-error.ts";
