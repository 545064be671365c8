import { createPublicKey, type KeyObject } from "node:crypto";
import { AppError } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { parsePublicKeyLine, toKeyObject } from "@sallyport/ssh";
import { parseCertificate } from "@sallyport/x509";
import { caTypes } from "./authority/index.ts";
import { loadConfig } from "./config/index.ts";
import {
  type Command,
  clusterArguments,
  connectToCluster,
  readArguments,
  UsageError,
} from "./openssh/index.ts";
import { keyTable, openTokenHere, type TokenKeyRow, tokenKeyRows } from "./signer/index.ts";

export const signerKeysUsage = `sallyport signer keys: the keys of authorities in the token, and whether one still uses them

  -c, --config FILE    the configuration with auth_service.ca_key_params.pkcs11; the PIN is read, so run it as that user
  --remove KEY_ID      remove an unused one from the token, for good; may be said again for more
  --also-new           remove it also where it was made within the last hour
  -i, --identity FILE, --auth-server HOST:PORT, --data-dir DIR
                       who you are and where the cluster is; without them, the administrator of the service on this host

It asks the cluster for the public keys of its authorities: what is active, trusted, or made for a rotation is in use. A
key that was removed is gone: a backup of the database from before its rotation cannot be used any more. New keys are in
the token before an authority has them, so one of the last hour is shown as new, and is not removed; with --also-new make
sure that no rotation begins and the service does not start.
`;

const options = {
  ...clusterArguments,
  remove: { type: "string", multiple: true },
  "also-new": { type: "boolean" },
} as const;

/** `sallyport signer keys` */
export const signerKeysCommand: Command = async (args, { machine, clock, print }) => {
  const said = readArguments(args, options);
  const wanted = [...new Set(said.remove)];
  const odd = wanted.find((keyId) => !/^[0-9a-f]{32}$/.test(keyId));
  if (odd !== undefined)
    throw new UsageError(`--remove ${JSON.stringify(odd)} is no key id: 32 hexadecimal digits`);
  const { config } = loadConfig({ configFile: said.config, dataDir: said["data-dir"] }, { machine });
  const place = config.auth.caKeyToken;
  if (place === undefined) {
    throw new AppError(
      "BAD_PARAMETER",
      "the configuration names no token: auth_service.ca_key_params.pkcs11",
    );
  }
  const token = await openTokenHere(place);
  // In this order: a key that is made in between is not in the list. One that was made just before, for an authority that
  // is not stored yet, is: hence the state "new".
  const keys = token.list();
  const client = await connectToCluster(said, machine);
  try {
    const rows = tokenKeyRows(keys, await keysInUse(client), clock.now());
    const doomed = wanted.map((keyId) => removable(keyId, rows, said["also-new"] === true));
    for (const { keyId } of doomed) token.destroy(keyId);
    print(doomed.length > 0 ? doomed.map(({ keyId }) => `removed ${keyId}\n`).join("") : keyTable(rows));
    return 0;
  } finally {
    await client.close();
  }
};

/** All of them are looked at before one is removed. */
function removable(keyId: string, rows: readonly TokenKeyRow[], alsoNew: boolean): TokenKeyRow {
  const row = rows.find((one) => one.keyId === keyId);
  if (row === undefined)
    throw new AppError("NOT_FOUND", `the token has no key ${keyId} of ours; nothing was removed`);
  if (row.state === "unused" || (row.state === "new" && alsoNew)) return row;
  const why = {
    "in use": `the authority ${row.caType} uses it`,
    new: "it was made within the last hour and may be about to be used (--also-new removes it)",
    "another cluster": `it is of another cluster, ${row.clusterName}`,
  }[row.state];
  throw new AppError("BAD_PARAMETER", `${keyId} is not removed: ${why}; nothing was removed`);
}

async function keysInUse(client: NodeClient) {
  const { ClusterName: clusterName } = await client.ping({});
  const spkis: Buffer[] = [];
  for (const type of Object.keys(caTypes)) {
    const { certAuthoritiesV2 } = await client.trust.getCertAuthorities({ type, includeKey: false });
    const own = certAuthoritiesV2.filter(({ Spec }) => Spec?.ClusterName === clusterName);
    for (const { Spec: spec } of own) {
      for (const set of [spec?.ActiveKeys, spec?.AdditionalTrustedKeys]) {
        spkis.push(...(set?.TLS ?? []).map(({ Cert }) => Buffer.from(parseCertificate(text(Cert)).spki)));
        spkis.push(
          ...(set?.SSH ?? []).map(({ PublicKey }) =>
            spkiOf(toKeyObject(parsePublicKeyLine(text(PublicKey)))),
          ),
        );
        spkis.push(...(set?.JWT ?? []).map(({ PublicKey }) => spkiOf(createPublicKey(text(PublicKey)))));
      }
    }
  }
  return { clusterName, spkis };
}

const spkiOf = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
