import { generateKeyPairSync } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Daemon } from "./daemon.ts";
import { type PemFiles, readIdentityFile } from "./pem-files.ts";
import { WireClient } from "./wire-client.ts";
import { committedFacts } from "./wire-facts.ts";
import { WireSchema } from "./wire-schema.ts";

/** The schema of the newest facts. */
export const newestSchema = new WireSchema(committedFacts());

/** The host's administrator, who makes what a test needs through the API alone. */
export class Admin {
  readonly client: WireClient;
  readonly #pem: PemFiles;

  constructor(daemon: Daemon) {
    this.#pem = readIdentityFile(daemon.adminIdentity);
    this.client = new WireClient({
      schema: newestSchema,
      address: daemon.address,
      credentials: this.#pem,
      serverName: "teleport.cluster.local",
      version: "18.0.0",
    });
  }

  /** A role of version v3 with these allow conditions, under the names of the facts. */
  async role(name: string, allow: JsonObject, version = "v3"): Promise<void> {
    const role = { Kind: "role", Version: version, Metadata: { Name: name }, Spec: { Allow: allow } };
    await this.client.call("/proto.AuthService/UpsertRoleV2", { Role: role });
  }

  async user(name: string, roles: readonly string[]): Promise<void> {
    const user = { Kind: "user", Version: "v2", Metadata: { Name: name }, Spec: { Roles: [...roles] } };
    await this.client.call("/teleport.users.v1.UsersService/CreateUser", { user });
  }

  /** Credentials of a user for an hour, as `tctl auth sign --format=tls` makes them. */
  async credentialsOf(user: string): Promise<PemFiles> {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const answer = await this.client.call("/proto.AuthService/GenerateUserCerts", {
      Username: user,
      Expires: new Date(Date.now() + 3_600_000).toISOString(),
      TLSPublicKey: Buffer.from(publicKey.export({ type: "spki", format: "pem" })).toString("base64"),
    });
    return {
      crt: Buffer.from(answer.TLS as string, "base64"),
      key: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
      cas: this.#pem.cas,
    };
  }

  close(): void {
    this.client.close();
  }
}
