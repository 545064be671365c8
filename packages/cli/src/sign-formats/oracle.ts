import { decodePem, encodePkcs12, parsePrivateKeyPem } from "@sallyport/x509";
import type { NewFile } from "../credentials/place-files.ts";
import { keystorePassword } from "./keystore-password.ts";
import { findOrapki, makeWallet, walletFile } from "./oracle-wallet.ts";
import { databaseAuthorities, signDatabase } from "./sign-database.ts";
import type { SignFormat, SignWish } from "./sign-format.ts";

/** A wallet where Oracle's own tool is at hand, else what to make one of. */
export const oracle: SignFormat = {
  holder: "host",
  paths: (wish) =>
    orapkiFor(wish) === undefined ? [`${wish.out}.p12`, `${wish.out}.ca-client.crt`] : [walletFile(wish.out)],
  sign: async (client, wish) => {
    const [{ privateKey, certificate, authorities: clientAuthorities }, authorities] = await Promise.all([
      signDatabase(client, wish),
      databaseAuthorities(client, "db"),
    ]);
    const password = keystorePassword();
    const p12 = await encodePkcs12({
      name: "orakey",
      password,
      protection: "legacy",
      privateKey: parsePrivateKeyPem(privateKey),
      certificates: decodePem([certificate, ...authorities].join("")).map(({ der }) => der),
    });
    const orapki = orapkiFor(wish);
    if (orapki === undefined) return loose(wish.out, p12, clientAuthorities, password);
    const content = await makeWallet(orapki, { p12, password, clientAuthorities });
    const says = `The wallet is in ${wish.out}.\n\n${settings(wish.out)}`;
    return { files: [{ path: walletFile(wish.out), content }], says };
  },
};

const orapkiFor = ({ isTar, env }: SignWish): string | undefined => (isTar ? undefined : findOrapki(env));

function loose(out: string, p12: Uint8Array, authorities: readonly string[], password: string) {
  const files: NewFile[] = authorities.map((content, index) => ({
    path: authorities.length === 1 ? `${out}.ca-client.crt` : `${out}.ca-client-${index}.crt`,
    content,
  }));
  const trust = files.map(
    ({ path }) => `  orapki wallet add -wallet WALLET -auto_login_only -trusted_cert -cert ${path}`,
  );
  const says = `The key is in ${out}.p12, the authority of clients in ${files.map(({ path }) => path).join(", ")}.
The password of ${out}.p12 is shown here and nowhere else: ${password}

On the server, where orapki is, which asks for the password:
  orapki wallet create -wallet WALLET -auto_login_only
  orapki wallet import_pkcs12 -wallet WALLET -auto_login_only -pkcs12file ${out}.p12
${trust.join("\n")}

${settings("WALLET")}`;
  return { files: [{ path: `${out}.p12`, content: p12 }, ...files], says };
}

const settings = (wallet: string): string => `In sqlnet.ora and listener.ora:
  WALLET_LOCATION = (SOURCE = (METHOD = FILE)(METHOD_DATA = (DIRECTORY = /path/to/${wallet})))
  SSL_CLIENT_AUTHENTICATION = TRUE
and in sqlnet.ora:
  SQLNET.AUTHENTICATION_SERVICES = (TCPS)`;
