import type { Client } from "../connection/client.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What every command takes. */
export interface GlobalOptions {
  readonly debug?: boolean;
  readonly config?: string;
  readonly dataDir?: string;
  readonly authServer?: readonly string[];
  readonly identity?: string;
}

/** What commands work with. */
export interface Tool {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The client of the cluster, connected at the first call; it is closed when the command ends. */
  readonly connect: () => Promise<Client>;
}
