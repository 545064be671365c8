import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePrivateKeyFile } from "@sallyport/ssh";
import { generateKey } from "@sallyport/x509";
import type { Side } from "../echo/echo-material.ts";
import { makeChain } from "./chain.ts";
import type { Provisioner } from "./provisioner.ts";

/** What step-ca is started with, and what those need who ask it. */
export interface StepCaFolder {
  readonly configFile: string;
  readonly provisioner: Provisioner;
  readonly client: Side;
}

/** Keys and configuration as `step ca init --ssh` makes them, except that SSH is signed with Ed25519, as ours. */
export async function writeStepCaFolder(folder: string, port: number): Promise<StepCaFolder> {
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const { root, intermediate, intermediateKey, client } = await makeChain();
  const { provisioner, jwk } = await makeProvisioner();
  const config = {
    root: write("root.pem", root),
    crt: write("intermediate.pem", intermediate),
    key: write("intermediate.key", intermediateKey),
    address: `127.0.0.1:${port}`,
    dnsNames: ["localhost"],
    logger: { format: "text" },
    db: { type: "badgerv2", dataSource: join(folder, "db") },
    ssh: {
      userKey: write("ssh-user.key", await makeSshKey()),
      hostKey: write("ssh-host.key", await makeSshKey()),
    },
    authority: {
      provisioners: [{ type: "JWK", name: provisioner.name, key: jwk, claims: { enableSSHCA: true } }],
    },
  };
  return { configFile: write("ca.json", JSON.stringify(config, undefined, 2)), provisioner, client };
}

async function makeSshKey(): Promise<string> {
  return encodePrivateKeyFile((await generateKey("ed25519")).privateKey);
}

async function makeProvisioner() {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const provisioner: Provisioner = { name: "bench", keyId: "bench", key: privateKey };
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: provisioner.keyId, use: "sig", alg: "ES256" };
  return { provisioner, jwk };
}
