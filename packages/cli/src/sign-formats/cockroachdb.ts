import { join } from "node:path";
import { databaseAuthorities, signDatabase } from "./sign-database.ts";
import type { SignFormat } from "./sign-format.ts";

const names = ["node.key", "node.crt", "ca.crt", "ca-client.crt"] as const;

/** A directory as CockroachDB reads it; a node of it has to be called `node`. */
export const cockroachdb: SignFormat = {
  holder: "host",
  paths: ({ out }) => names.map((name) => join(out, name)),
  sign: async (client, wish) => {
    const hosts = ["node", ...wish.hosts.filter((host) => host !== "node")];
    const [{ privateKey, certificate, authorities: clientAuthorities }, authorities] = await Promise.all([
      signDatabase(client, wish, { hosts }),
      databaseAuthorities(client, "db"),
    ]);
    const contents = [privateKey, certificate, authorities.join(""), clientAuthorities.join("")];
    return {
      files: names.map((name, index) => ({ path: join(wish.out, name), content: contents[index] ?? "" })),
      says: `The certificates of the node are in ${wish.out}.

Start every node with its own:
  cockroach start --certs-dir=${wish.out} …
For administrators, from your own authority beside these: cockroach cert create-client root …`,
    };
  },
};
