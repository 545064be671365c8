import { UsageError } from "../terminal/exit-code.ts";
import type { SignFormat } from "./sign-format.ts";

/** Every form, read only when it is asked for. */
const forms: Readonly<Record<string, () => Promise<SignFormat>>> = {
  file: async () => (await import("./identity-formats.ts")).identityFile,
  openssh: async () => (await import("./identity-formats.ts")).openssh,
  tls: async () => (await import("./identity-formats.ts")).tlsFiles,
  kubernetes: async () => (await import("./kubernetes.ts")).kubernetes,
  db: async () => (await import("./database-formats.ts")).postgresOrMysql,
  mongodb: async () => (await import("./database-formats.ts")).mongodb,
  cockroachdb: async () => (await import("./cockroachdb.ts")).cockroachdb,
  redis: async () => (await import("./database-formats.ts")).redis,
  elasticsearch: async () => (await import("./database-formats.ts")).elasticsearch,
  scylla: async () => (await import("./database-formats.ts")).scylla,
  cassandra: async () => (await import("./cassandra.ts")).cassandra,
  oracle: async () => (await import("./oracle.ts")).oracle,
  windows: async () => (await import("./windows.ts")).windows,
  snowflake: async () => (await import("./snowflake.ts")).snowflake,
};

export const formatNames: readonly string[] = Object.keys(forms);

/** @throws UsageError */
export function chooseFormat(name: string): Promise<SignFormat> {
  const load = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (load === undefined) {
    throw new UsageError(`--format ${JSON.stringify(name)} is none of ${formatNames.join(", ")}`);
  }
  return load();
}
