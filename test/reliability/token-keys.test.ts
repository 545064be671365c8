import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  makeSoftToken,
  needsSoftHsm,
  type SoftToken,
} from "../../packages/server/src/signer/testing/soft-token.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";

const program = fileURLToPath(new URL("../../packages/server/dist/main.js", import.meta.url));

describe("a daemon whose authorities move into a token", needsSoftHsm, () => {
  let daemon: Daemon;
  let token: SoftToken;
  let clear: string;

  before(async () => {
    daemon = await startDaemon();
    clear = readFileSync(daemon.configFile, "utf8");
    // Programs of that home find the token there, and so does the signer of its daemon.
    token = makeSoftToken(daemon.directory);
    const alice = "kind: user\nversion: v2\nmetadata: { name: alice }\nspec: { roles: [access] }\n";
    writeFileSync(join(daemon.directory, "alice.yaml"), alice);
    await tctl(daemon, ["create", "alice.yaml"]);
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    token?.remove();
  });

  async function restart(pkcs11: Readonly<Record<string, unknown>>): Promise<void> {
    await daemon.stop();
    writeFileSync(daemon.configFile, `${clear}  ca_key_params: { pkcs11: ${JSON.stringify(pkcs11)} }\n`);
    daemon = await startDaemon({ directory: daemon.directory });
  }
  const section = () => ({
    module_path: token.place.modulePath,
    token_label: token.place.tokenLabel,
    pin_path: token.place.pinPath,
  });
  const sign = (out: string) =>
    tctl(daemon, ["auth", "sign", "--user=alice", "--format=file", `--out=${out}`]);

  it("goes on with the keys that it had, and gets those of the token by rotation", async () => {
    await restart(section());
    await sign("before");
    assert.match(await tctl(daemon, ["status"]), /software/);
    for (const type of ["host", "user"]) {
      for (const phase of ["init", "update_clients", "update_servers", "standby"]) {
        await tctl(daemon, ["auth", "rotate", `--type=${type}`, "--manual", `--phase=${phase}`]);
      }
    }
    assert.match(await tctl(daemon, ["status"]), /PKCS#11 HSM/);
    await sign("after");
    await tctl(daemon, ["auth", "sign", "--host=db.example.com", "--format=db", "--out=db"]);
    await tctl(daemon, ["auth", "sign", "--host=node.example.com", "--format=openssh", "--out=node"]);
    await tctl(daemon, ["auth", "export", "--type=user"]);
    await tctl(daemon, ["auth", "crl", "--type=user"]);
  });

  it("shows which keys no authority uses any more, and removes those alone, when told to", async () => {
    const rotate = (phase: string) =>
      tctl(daemon, ["auth", "rotate", "--type=user", "--manual", `--phase=${phase}`]);
    const keys = (...args: string[]) =>
      sallyport(daemon, ["signer", "keys", "-c", daemon.configFile, ...args]);
    const inState = async (state: string) =>
      (await keys()).split("\n").flatMap((line) => (line.endsWith(state) ? [line.slice(0, 32)] : []));
    assert.deepEqual(await inState("unused"), []);
    const before = await inState("in use");
    await rotate("init");
    const [made = "", ...more] = (await inState("in use")).filter((id) => !before.includes(id));
    assert.equal(more.length, 1, "one for X.509 and one for SSH");
    await assert.rejects(keys(`--remove=${made}`), /is not removed: the authority user uses it/);
    await rotate("rollback");
    await rotate("standby");
    assert.deepEqual(await inState("unused"), []);
    assert.deepEqual((await inState("new")).sort(), [made, ...more].sort());
    const [old = ""] = before;
    const removing = [`--remove=${made}`, "--also-new"];
    await assert.rejects(keys(...removing, `--remove=${old}`), /uses it; nothing was removed/);
    await assert.rejects(keys(`--remove=${made}`), /made within the last hour and may be about to be used/);
    await assert.rejects(keys("--remove=x"), /is no key id/);
    await assert.rejects(keys(`--remove=${"0".repeat(32)}`), /the token has no key 0000/);
    assert.equal(await keys(...removing, `--remove=${more[0]}`), `removed ${made}\nremoved ${more[0]}\n`);
    assert.deepEqual(await inState("new"), []);
    assert.deepEqual(await inState("in use"), before);
    await sign("after-removal");
  });

  it("answers Unavailable while its signer is away, and then goes on", async () => {
    for (const pid of signersOf(daemon)) process.kill(pid, "SIGKILL");
    const first = await sign("killed").then(
      () => "signed",
      (error: Error) => error.message,
    );
    assert.match(first, /^signed$|not available/);
    await untilDone(() => sign("killed-2"));
    assert.match(daemon.output(), /signer process ended; another one is started/);
    assert.doesNotMatch(daemon.output(), /246810/);
  });

  it("shows the certificate of the new authority as soon as the signer is back", async () => {
    const rotate = (phase: string) =>
      tctl(daemon, ["auth", "rotate", "--type=host", "--manual", `--phase=${phase}`]);
    await rotate("init");
    await rotate("update_clients");
    const before = await shownIssuer(daemon);
    const { pinPath } = token.place;
    renameSync(pinPath, `${pinPath}.away`);
    for (const pid of signersOf(daemon)) process.kill(pid, "SIGKILL");
    await rotate("update_servers");
    const failed = /server certificate could not be renewed; it is tried again/;
    await untilDone(async () => assert.match(daemon.output(), failed));
    renameSync(`${pinPath}.away`, pinPath);
    await untilDone(async () => assert.notEqual(await shownIssuer(daemon), before));
    await untilDone(() => rotate("standby"));
    await untilDone(() => sign("rotated"));
  });

  it("ends its signer when it ends, however it ends", async () => {
    const pids = signersOf(daemon);
    assert.equal(pids.length, 1);
    daemon.process.kill("SIGKILL");
    await untilDone(async () => assert.throws(() => process.kill(pids[0] ?? 0, 0)));
    await restart(section());
    await sign("again");
  });

  it("says in words what is missing, and starts not at all", async () => {
    await assert.rejects(restart({ ...section(), token_label: "gone" }), /there is no token labelled "gone"/);
    await assert.rejects(
      restart({ module_path: token.place.modulePath }),
      /ca_key_params.pkcs11 needs pin_path/,
    );
    writeFileSync(join(daemon.directory, "wrong-pin"), "000000\n", { mode: 0o600 });
    const wrong = { ...section(), pin_path: join(daemon.directory, "wrong-pin") };
    await assert.rejects(restart(wrong), (error: Error) => {
      assert.match(error.message, /the PIN is wrong/);
      assert.doesNotMatch(error.message, /000000/);
      return true;
    });
    await assert.rejects(restart({}), /keys of the authorities are in a PKCS#11 token/);
  });
});

/** Runs the program of the daemon itself, with its home. */
async function sallyport({ directory }: Daemon, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: directory };
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env });
  return stdout;
}

/** Children of the daemon that hold the module. */
function signersOf({ process: { pid } }: Daemon): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((child) => {
      try {
        const [, , , parent] = readFileSync(`/proc/${child}/stat`, "utf8").split(" ");
        return Number(parent) === pid && readFileSync(`/proc/${child}/maps`, "utf8").includes("softhsm");
      } catch {
        return false;
      }
    });
}

/** The authority that the server's certificate is of; each has a number in its name. */
async function shownIssuer({ port }: Daemon): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
  await once(socket, "secureConnect");
  const { issuer } = socket.getPeerX509Certificate() ?? { issuer: "" };
  socket.destroy();
  return issuer;
}

async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + 20_000; ; ) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > end) throw error;
      await wait(50);
    }
  }
}
