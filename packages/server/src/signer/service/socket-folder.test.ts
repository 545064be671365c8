import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkSocketFolder, whyNotClosed, whyReplaceable } from "./socket-folder.ts";

const SIGNER = 1000;
const folder = 0o040000;

const own = [
  [{ uid: SIGNER, mode: folder | 0o750 }, undefined],
  [{ uid: 0, mode: folder | 0o2710 }, undefined],
  [{ uid: SIGNER, mode: folder | 0o770 }, /open to others \(mode 770\): chmod 750 \/run\/s$/],
  [{ uid: SIGNER, mode: folder | 0o755 }, /open to others \(mode 755\)/],
  [{ uid: SIGNER, mode: folder | 0o751 }, /open to others \(mode 751\)/],
  [{ uid: 1001, mode: folder | 0o750 }, /belongs to another user \(uid 1001\)/],
] as const;
for (const [stats, says] of own) {
  test(`threat 15: a folder of uid ${stats.uid}, mode ${octal(stats)}, ${words(says)}`, () => {
    expectWhy(whyNotClosed("/run/s", stats, [SIGNER]), says);
  });
}

const above = [
  [{ uid: 0, mode: folder | 0o755 }, undefined],
  [{ uid: SIGNER, mode: folder | 0o711 }, undefined],
  [{ uid: 0, mode: folder | 0o1777 }, undefined],
  [{ uid: 0, mode: folder | 0o775 }, /below \/run, where others may write \(mode 775\): chmod go-w \/run$/],
  [{ uid: SIGNER, mode: folder | 0o777 }, /others may write \(mode 777\)/],
  [{ uid: 1001, mode: folder | 0o755 }, /below \/run, which belongs to another user \(uid 1001\)/],
  [{ uid: 1001, mode: folder | 0o1777 }, /another user/],
] as const;
for (const [stats, says] of above) {
  test(`threat 15: below a folder of uid ${stats.uid}, mode ${octal(stats)}, it ${words(says)}`, () => {
    expectWhy(whyReplaceable("/run", stats, [SIGNER]), says);
  });
}

const root = mkdtempSync(join(tmpdir(), "sallyport-folder-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("threat 15: every folder above that of the socket is looked at, on both sides of a link", () => {
  const [real, links] = [join(root, "real"), join(root, "links")];
  mkdirSync(join(real, "run"), { recursive: true, mode: 0o755 });
  mkdirSync(links);
  symlinkSync(join(real, "run"), join(links, "run"));
  chmodSync(join(real, "run"), 0o750);
  const socket = join(links, "run/socket");
  const uid = process.geteuid?.() ?? 0;
  checkSocketFolder(socket, [uid]);
  for (const loose of [root, real, links]) {
    chmodSync(loose, 0o777);
    const message = new RegExp(`run is below ${loose}, where others may write \\(mode 777\\)`);
    for (const owners of [[uid], undefined]) {
      assert.throws(() => checkSocketFolder(socket, owners), { reason: "BAD_PARAMETER", message });
    }
    chmodSync(loose, 0o755);
  }
  checkSocketFolder(socket);
});

function octal({ mode }: { mode: number }): string {
  return (mode & 0o7777).toString(8);
}

function words(says: RegExp | undefined): string {
  return says === undefined ? "is good" : "is refused";
}

function expectWhy(why: string | undefined, says: RegExp | undefined): void {
  if (says === undefined) assert.equal(why, undefined);
  else assert.match(why ?? "", says);
}
