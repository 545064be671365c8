import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { krlSignersFile, principalsFolder, userCaFile } from "./decide-host-files.ts";
import type { HostPlace } from "./host-setup.ts";

/** The files of our folder that are there, without the list of revoked keys. */
export function listOurFiles(place: HostPlace): readonly string[] {
  const certificates = entries(place.folder).filter((name) => name.endsWith("-cert.pub"));
  return [
    userCaFile(place),
    krlSignersFile(place),
    ...certificates.map((name) => join(place.folder, name)),
    ...entries(principalsFolder(place)).map((name) => join(principalsFolder(place), name)),
  ].filter((path) => existsSync(path));
}

const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
