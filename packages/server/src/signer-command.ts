import { type Command, readArguments, runCommand } from "./openssh/index.ts";
import { startSigner } from "./signer/index.ts";
import { signerKeysCommand, signerKeysUsage } from "./signer-keys-command.ts";

const usage = `sallyport signer: keys of authorities in a PKCS#11 token, under a user of its own

Usage:
  sallyport signer start [-c FILE] [-d]     open the token, listen at sallyport.ca_key_signer.socket, keep running
  sallyport signer keys [-c FILE] …         list the keys in the token and whether an authority uses them; remove some

All options: sallyport signer VERB --help
`;

const startUsage = `sallyport signer start: the process that holds the token, for a daemon of another user

  -c, --config FILE    its configuration: auth_service.ca_key_params.pkcs11 says where the token and its PIN are,
                       sallyport.ca_key_signer where to listen and what the daemon has to know
  -d, --debug          log everything

The daemon has the same sallyport.ca_key_signer in its file, and no PIN. It ends with 78 where the PIN is wrong: do not
start it again by itself then, because tokens count.
`;

const options = {
  config: { type: "string", short: "c" },
  debug: { type: "boolean", short: "d" },
} as const;

const verbs = {
  start: { run: start, usage: startUsage },
  keys: { run: signerKeysCommand, usage: signerKeysUsage },
};

/** `sallyport signer …` */
export const signerCommand: Command = (args, around) =>
  runCommand({ name: "signer", usage, verbs }, args, around);

async function start(args: readonly string[]): Promise<number> {
  const { config: configFile, debug } = readArguments(args, options);
  return startSigner({ configFile, debug });
}
