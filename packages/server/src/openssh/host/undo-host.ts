import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { AppError } from "@sallyport/api";
import { placeFiles } from "../place-files.ts";
import type { Sshd } from "../sshd/sshd.ts";
import { principalsFolder, revokedKeysFile } from "./decide-host-files.ts";
import type { HostPlace } from "./host-setup.ts";
import { listOurFiles } from "./list-our-files.ts";
import { checkDropInIsOurs } from "./prepare-host.ts";

/**
 * Takes away what `setUpHost` wrote, the drop-in first. The list of revoked keys stays: a running sshd still reads it
 * for every key, and refuses all of them where it is not there.
 *
 * @returns the files that are gone; none where nothing was there.
 */
export async function undoHost(place: HostPlace, sshd: Sshd): Promise<readonly string[]> {
  checkDropInIsOurs(place);
  const files = [...(existsSync(place.dropIn) ? [place.dropIn] : []), ...listOurFiles(place)];
  const putBack = await placeFiles(files.map((path) => ({ path, content: undefined, mode: 0o644 })));
  const complaint = await sshd.complaintAbout(place.sshdConfig);
  if (complaint !== undefined) {
    await putBack();
    throw new AppError(
      "BAD_PARAMETER",
      `without ${place.dropIn} sshd takes no configuration; it stays: ${complaint}`,
    );
  }
  await removeEmpty(principalsFolder(place));
  await removeEmpty(place.folder);
  return files;
}

/** Once no running sshd reads the list any more. */
export async function removeRevokedKeys(place: HostPlace): Promise<void> {
  await placeFiles([{ path: revokedKeysFile(place), content: undefined, mode: 0o644 }]);
  await removeEmpty(place.folder);
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTEMPTY") throw error;
  }
}
