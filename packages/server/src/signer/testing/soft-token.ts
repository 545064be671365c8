import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TokenPlace } from "../protocol/messages.ts";

const modules = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];
const modulePath = modules.find((path) => existsSync(path));
const isThere = (program: string) => spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined;
const hasAll = modulePath !== undefined && isThere("softhsm2-util") && isThere("pkcs11-tool");

/** For `test` and `describe`; on CI, which has them, a skipped test is a failure. */
export const needsSoftHsm = {
  skip: !hasAll && "SoftHSM or OpenSC is missing on this machine (Debian: apt install softhsm2 opensc)",
};

export const LABEL = "sallyport test";
export const PIN = "246810";

/** A token of SoftHSM in a folder of its own. */
export interface SoftToken {
  readonly folder: string;
  readonly place: TokenPlace;
  /** The configuration file of SoftHSM, which its module looks for in the environment. */
  readonly configFile: string;
  remove(): void;
}

/** Makes one; where `home` is given, programs with that home find it. */
export function makeSoftToken(home?: string): SoftToken {
  if (modulePath === undefined) throw new Error("SoftHSM is missing");
  const folder = mkdtempSync(join(tmpdir(), "sallyport-token-"));
  const place = home === undefined ? folder : join(home, ".config", "softhsm2");
  const configFile = join(place, "softhsm2.conf");
  mkdirSync(join(folder, "tokens"));
  mkdirSync(place, { recursive: true });
  writeFileSync(configFile, `directories.tokendir = ${join(folder, "tokens")}\nlog.level = ERROR\n`);
  const named = ["--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "12345678"];
  execFileSync("env", [`SOFTHSM2_CONF=${configFile}`, "softhsm2-util", ...named], { stdio: "pipe" });
  const pinPath = join(folder, "pin");
  writeFileSync(pinPath, `${PIN}\n`, { mode: 0o600 });
  return {
    folder,
    configFile,
    place: { modulePath, tokenLabel: LABEL, pinPath },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
