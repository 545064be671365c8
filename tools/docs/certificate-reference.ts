import { identityAttribute, sshExtension, standardAttribute } from "@sallyport/api";
import { describeFormats, exportTypes } from "../../packages/cli/src/index.ts";
import { exportMeanings, formatMeanings, kindRows } from "./format-meanings.ts";
import { attributeMeanings, extensionMeanings, standardMeanings } from "./identity-meanings.ts";
import { code, page, table, written } from "./markdown.ts";

/** The reference page of files and certificates: every format, object identifier and extension. */
export async function certificateReference(): Promise<string> {
  return page(
    "# Certificates and their files",
    written("the tables of the programs that write them"),
    ...(await files()),
    ...x509(),
    ...ssh(),
  );
}

async function files(): Promise<readonly string[]> {
  const holders = { user: "`--user`", host: "`--host`", either: "either", nobody: "neither" } as const;
  const formats = (await describeFormats()).map(({ name, holder, paths }) => [
    code(name),
    holders[holder],
    paths.map(code).join(" "),
    meaningOf(formatMeanings, name),
  ]);
  return [
    "## `tctl auth sign --format`",
    "Files are for their owner alone (0600), all or none of a set is written, and what is there stays unless " +
      "`--overwrite` or a yes says otherwise. Keys are made where the command runs, by the suite of the cluster, " +
      "and for databases always RSA-2048. RSA is written as PKCS #1, anything else as PKCS #8, where nothing else is said.",
    table(["Format", "For", "Files", "What is in them"], formats),
    "## `tctl auth export --type`",
    "Of the own cluster. TLS types have one blob for each key that signs; where these are several, `--out` is needed. " +
      "`--keys` gives the private keys in their place.",
    table(
      ["Type", "What it prints"],
      exportTypes.map((name) => [code(name), meaningOf(exportMeanings, name)]),
    ),
  ];
}

function x509(): readonly string[] {
  return [
    "## X.509",
    "Version 3. Serial numbers are positive, of 128 bits; the first half of one is the serial number of the SSH " +
      "certificate of the same call. Valid from a minute before it was issued. Key usage is critical: digitalSignature, " +
      "and keyEncipherment for RSA keys; of Windows desktops digitalSignature alone, of SVIDs keyAgreement too. " +
      "Basic constraints are critical and say that it is no authority. Where lists of revoked certificates are served, " +
      "it says where.",
    table(["Certificate", "Issuer", "Lives", "Extended key usage", "Names"], kindRows),
    "An authority is signed by itself for 10 years; its subject is CN and O = the cluster, and a random decimal " +
      "serialNumber (2.5.4.5) that keeps its keys apart. Key usage: digitalSignature, keyCertSign, cRLSign, and " +
      "keyEncipherment for RSA.",
    "### Subject",
    "Who somebody is stands in the subject, by contract. Order is of no meaning. Values are PrintableString where " +
      "that can hold them, UTF8String otherwise.",
    table(
      ["OID", "Holds"],
      keysOf(standardAttribute).map((key) => [code(standardAttribute[key]), standardMeanings[key]]),
    ),
    table(["OID", "Holds", "Repeats"], keysOf(identityAttribute).map(attributeRow)),
    "Attributes of the arc 1.3.9999 that are not listed are kept when a certificate is read.",
    "### Extensions of Windows desktop certificates",
    table(
      ["OID", "Holds"],
      [
        ["`1.3.6.1.4.1.311.25.2`", "security identifier of the account, as the request has it"],
        ["`1.3.9999.2.14`", "`oss`"],
        ["`1.3.9999.2.16`", "whether the account is to be made, as the request has it"],
        ["`1.3.9999.2.17`", "`false`: the number of desktops has no limit"],
        ["`1.3.9999.2.22`", "state of Active Directory, as the request has it"],
      ],
    ),
  ];
}

function attributeRow(key: keyof typeof identityAttribute): readonly string[] {
  const [meaning, repeats] = attributeMeanings[key];
  return [code(identityAttribute[key]), meaning, repeats === undefined ? "" : "yes"];
}

function ssh(): readonly string[] {
  return [
    "## SSH, of users",
    "Key id: the user. Principals: logins of the roles that allow so long a life, and `-teleport-internal-join`; " +
      "without any login `-teleport-nologin-` and a random UUID. Valid from a minute before it was issued. Critical " +
      "option `source-address`: the pinned address. `--compat=oldssh` leaves out what servers before OpenSSH 7 cannot read.",
    table(
      ["Extension", "When, or what it holds"],
      keysOf(sshExtension).map((key) => [code(sshExtension[key]), extensionMeanings[key]]),
    ),
    "Roles add their own by `cert_extensions`; names of the table, of `teleport-` and of `@goteleport.com` are refused when " +
      "the role is written.",
    "## SSH, of hosts",
    "Key id: empty. Principals: `HOSTID.CLUSTER`, `HOSTID`, `NODE.CLUSTER`, `NODE`, `localhost`, `127.0.0.1`, `::1`, then " +
      "those asked for; without a host id those asked for alone. No end unless a lifetime is given.",
    table(
      ["Extension", "Holds"],
      [
        ["`x-teleport-role`", "system role"],
        ["`x-teleport-authority`", "cluster"],
      ],
    ),
  ];
}

/** What is new has to be told before the page can be written. */
function meaningOf(meanings: Readonly<Record<string, string>>, name: string): string {
  const meaning = meanings[name];
  if (meaning === undefined) throw new Error(`tools/docs/format-meanings.ts says nothing of ${name}`);
  return meaning;
}

const keysOf = <T extends object>(record: T) => Object.keys(record) as (keyof T)[];
