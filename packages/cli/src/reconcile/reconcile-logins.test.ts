import assert from "node:assert/strict";
import { test } from "node:test";
import { timestampOf } from "@sallyport/api";
import type { CertificateEntry } from "../certificates/certificate-entry.ts";
import type { Inventory } from "./inventory.ts";
import { knownAddresses } from "./known-addresses.ts";
import { isAlarm, reconcileLogins } from "./reconcile-logins.ts";
import { findingTable, summaryOf } from "./show-report.ts";

const now = Date.UTC(2026, 0, 31, 12);
const key = `SHA256:${"k".repeat(43)}`;
const otherKey = `SHA256:${"o".repeat(43)}`;
const ca = `SHA256:${"c".repeat(43)}`;
const caMd5 = `MD5:${Array(16).fill("cc").join(":")}`;
const foreignCa = `SHA256:${"f".repeat(43)}`;

const line = (
  more: {
    serial?: string;
    address?: string;
    minute?: number;
    authority?: string;
    fingerprint?: string;
    id?: string;
  } = {},
) => {
  const { serial = "7", address = "192.0.2.7", minute = 0, authority = ca, fingerprint = key } = more;
  const time = new Date(now - 3_600_000 + minute * 60_000).toISOString();
  return `${time} web1 sshd[1]: Accepted publickey for deploy from ${address} port 1 ssh2: ED25519-CERT ${fingerprint} ID ${more.id ?? "alice"} (serial ${serial}) CA ED25519 ${authority}`;
};

const entry = (more: { revokedAt?: number; expiresAt?: number } = {}): CertificateEntry =>
  ({
    certificate: {
      id: "0000000000000007",
      user: "alice",
      sshSerial: 7n,
      sshFingerprint: key,
      sshCaFingerprint: ca,
      remoteIp: "192.0.2.7",
      expires: timestampOf(more.expiresAt ?? now + 1),
      validAfter: timestampOf(now - 7_200_000),
    },
    revocation:
      more.revokedAt === undefined ? undefined : { revoked: timestampOf(more.revokedAt), reason: "lost" },
  }) as unknown as CertificateEntry;

interface Asked {
  serials: string[];
  keys: string[];
}

function inventory(known: Readonly<Record<string, CertificateEntry>>, asked: Asked[] = []): Inventory {
  return {
    authorities: async () => new Map([ca, caMd5].map((form) => [form, ca])),
    find: async (serials, keys) => {
      asked.push({ serials: [...serials], keys: [...keys] });
      return new Map(Object.entries(known).filter(([by]) => serials.includes(by) || keys.includes(by)));
    },
    addressesOf: async (user) => new Set(user === "alice" ? ["192.0.2.7", "192.0.2.8"] : []),
  };
}

async function* from(lines: readonly (string | undefined)[]) {
  yield* lines;
}

const run = (lines: readonly (string | undefined)[], against: Inventory, known: readonly string[] = []) =>
  reconcileLogins(from(lines), against, { now, isKnownAddress: knownAddresses(known) });

test("a use of which no key is told is judged by its number and its authority", async () => {
  const untold = (more: { serial?: string; authority?: string }) => line(more).replace(` ${key}`, "");
  const against = inventory({ 7: entry(), 8: entry({ revokedAt: now - 7_200_000 }) });
  const lines = [
    untold({}),
    untold({ serial: "8" }),
    untold({ authority: foreignCa }),
    untold({ serial: "9" }),
  ];
  const { certified, findings } = await run(lines, against);
  assert.equal(certified, 4);
  assert.deepEqual(
    findings.map(({ kind, use }) => [kind, use.login.certificate?.serial]),
    [
      ["revoked", "8"],
      ["never-issued", "7"],
      ["never-issued", "9"],
    ],
  );
});

test("each use is judged by what the inventory knows", async () => {
  const good = { 7: entry() };
  const cases: readonly (readonly [string, Record<string, CertificateEntry>, string[]])[] = [
    [line(), good, []],
    [line({ address: "192.0.2.8" }), good, []],
    [line({ address: "203.0.113.1" }), good, ["new-address: asked for from 192.0.2.7"]],
    [
      line({ serial: "8" }),
      good,
      ["never-issued: signed by an authority of the cluster, but not in its inventory"],
    ],
    [
      line({ serial: "8", authority: foreignCa }),
      good,
      ["never-issued: signed by an authority that the cluster does not have"],
    ],
    [line({ authority: foreignCa }), good, ["never-issued: this serial number is of another authority"]],
    [line({ fingerprint: otherKey }), good, ["never-issued: this serial number was issued for another key"]],
    [
      line({ minute: 10 }),
      { 7: entry({ revokedAt: now - 3_600_000 }) },
      ["revoked: revoked since 2026-01-31T11:00:00Z"],
    ],
    [line({ minute: 10 }), { 7: entry({ revokedAt: now }) }, []],
    [
      line({ minute: 30 }),
      { 7: entry({ expiresAt: now - 3_600_000 }) },
      ["outside-validity: used after its end; is the clock of the server right?"],
    ],
    [
      `Accepted publickey for root from 192.0.2.7 port 1 ssh2: ED25519 ${key}`,
      { [key]: entry({ revokedAt: now }) },
      ["revoked: revoked since 2026-01-31T12:00:00Z; when it was used is not known"],
    ],
    [`Accepted publickey for root from 192.0.2.7 port 1 ssh2: ED25519 ${otherKey}`, good, []],
  ];
  for (const [text, known, expected] of cases) {
    const { findings } = await run([text], inventory(known));
    assert.deepEqual(
      findings.map(({ kind, because }) => `${kind}: ${because}`),
      expected,
      text,
    );
  }
});

test("equal uses are one question and one finding, across batches too", async () => {
  const asked: Asked[] = [];
  const noise = Array.from({ length: 1200 }, (_, index) => line({ serial: String(1000 + index) }));
  const lines = [line({ address: "203.0.113.1" }), ...noise, line({ address: "203.0.113.1", minute: 5 })];
  const report = await run(lines, inventory({ 7: entry() }, asked));
  assert.equal(asked.length, 3);
  for (const { serials, keys } of asked) assert.ok(serials.length + keys.length <= 1000);
  const place = report.findings.filter(({ kind }) => kind === "new-address");
  assert.equal(place.length, 1);
  assert.equal(place[0]?.use.count, 2);
  assert.equal(place[0]?.use.lastAt, now - 3_600_000 + 300_000);
});

test("numbers that no certificate has are never asked for, and reported", async () => {
  const asked: Asked[] = [];
  const lines = ["0", "00", "18446744073709551616", "99999999999999999999"].map((serial) => line({ serial }));
  const report = await run(lines, inventory({}, asked));
  assert.deepEqual(asked, [{ serials: [], keys: [] }]);
  assert.equal(report.findings.length, 4);
});

test("a flood of lies is counted, not kept", async () => {
  async function* flood() {
    for (let serial = 1; serial <= 12_000; serial++) yield line({ serial: String(serial) });
  }
  const report = await reconcileLogins(flood(), inventory({}), { now, isKnownAddress: () => true });
  assert.equal(report.findings.length, 10_000);
  assert.equal(report.omitted, 2000);
  assert.ok(isAlarm(report));
});

test("lines that are too long or unreadable are counted; a new address alone is no alarm", async () => {
  const report = await run(
    [undefined, "Accepted publickey for x", "other", line({ address: "203.0.113.1" })],
    inventory({ 7: entry() }),
  );
  assert.equal(report.unreadable, 2);
  assert.equal(isAlarm(report), false);
  assert.equal(
    summaryOf(report),
    "1 login by certificate and 0 by a key alone, in 4 lines; 2 lines cannot be read.",
  );
});

test("where the log has MD5 fingerprints, the authority counts, and keys alone are not passed over in silence", async () => {
  const md5 = (octet: string) => `MD5:${Array(16).fill(octet).join(":")}`;
  const asked: Asked[] = [];
  const lines = [
    line({ fingerprint: md5("11"), authority: caMd5 }),
    line({ fingerprint: md5("11"), authority: caMd5, serial: "8" }),
    line({ fingerprint: md5("11"), authority: md5("ff") }),
    `Accepted publickey for root from 192.0.2.7 port 1 ssh2: RSA ${md5("22")}`,
  ];
  const against = inventory({ 7: entry(), 8: entry({ revokedAt: now - 7_200_000 }) }, asked);
  const report = await run(lines, against);
  assert.deepEqual(
    report.findings.map(({ kind, because, use }) => [
      kind,
      use.login.certificate?.serial,
      because.slice(0, 43),
    ]),
    [
      ["revoked", "8", "revoked since 2026-01-31T10:00:00Z"],
      ["never-issued", "7", "signed by an authority of which the log has"],
    ],
  );
  assert.deepEqual([report.certified, report.plain, report.plainMd5], [3, 1, 1]);
  assert.deepEqual(
    asked.map(({ keys }) => keys),
    [[]],
  );
  assert.match(summaryOf(report), /; 1 key told by MD5 alone, which the inventory cannot find\.$/);
});

test("entries of journalctl -o json-pretty are read as those of -o json are", async () => {
  const at = now - 3_600_000;
  const message = line().replace(/^.*?: /, "");
  const common = { _COMM: "sshd", _UID: "0", _HOSTNAME: "web1", __REALTIME_TIMESTAMP: `${at}000` };
  const entries = [
    { ...common, MESSAGE: message },
    { ...common, MESSAGE: [...Buffer.from(message)] },
    { ...common, MESSAGE: "Server listening on }" },
    { ...common, MESSAGE: message, _COMM: "logger", SYSLOG_IDENTIFIER: "sshd" },
  ];
  const against = inventory({ 7: entry() });
  const flat = await run(
    entries.map((one) => JSON.stringify(one)),
    against,
  );
  for (const indent of ["\t", "        "]) {
    const pretty = entries.flatMap((one) => JSON.stringify(one, null, indent).split("\n"));
    assert.deepEqual(await run(pretty, against), flat);
  }
  assert.deepEqual([flat.lines, flat.certified, flat.impostors], [4, 2, 1]);
});

test("braces in a log hide none of its lines", async () => {
  const against = inventory({ 7: entry() });
  const hidden = [line(), line(), line()];
  const cases: readonly (readonly [readonly (string | undefined)[], number])[] = [
    [["{", ...hidden], 1],
    [["{", '\t"MESSAGE" : "x",', ...hidden], 1],
    [["{", "{", ...hidden, "}"], 2],
    [["{", undefined, ...hidden], 2],
    [[...hidden, "{", '\t"cut" : "off"'], 1],
    [["{", ...Array<string>(20).fill(`\t${"x".repeat(60_000)}`), ...hidden], 1],
  ];
  for (const [lines, unreadable] of cases) {
    const report = await run(lines, against);
    assert.deepEqual([report.certified, report.unreadable], [3, unreadable], String(lines[0]));
  }
});

test("addresses that are named are nothing new", async () => {
  const lines = [line({ address: "203.0.113.1" }), line({ address: "2001:db8::5" })];
  const against = inventory({ 7: entry() });
  assert.equal((await run(lines, against)).findings.length, 2);
  assert.equal((await run(lines, against, ["203.0.113.0/24", "2001:db8::/32"])).findings.length, 0);
  for (const wrong of ["x", "10.0.0.0/33", "10.0.0.0/8/8", "::1/129", "10.0.0.0/-1"]) {
    assert.throws(() => knownAddresses([wrong]), { name: "UsageError" }, wrong);
  }
});

test("what a log says cannot move the cursor", async () => {
  const { formatTable } = await import("../terminal/table.ts");
  const report = await run([line({ serial: "8", id: "\u001b[2Jalice\u202e" })], inventory({}));
  const shown = formatTable(findingTable(report.findings), 200);
  assert.doesNotMatch(shown.replaceAll("\n", ""), /\p{Cc}|\u202e/u);
  assert.match(shown, /\\u001b\[2Jalice\\u202e/);
});
