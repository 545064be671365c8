import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isIncluded, parseDirective, readSshdConfig } from "./read-sshd-config.ts";

const directory = mkdtempSync(join(tmpdir(), "sallyport-config-"));
after(() => rmSync(directory, { recursive: true, force: true }));

test("a directive is read as sshd reads it", () => {
  const cases: [string, ReturnType<typeof parseDirective>][] = [
    ["RevokedKeys /a", { keyword: "revokedkeys", value: "/a" }],
    ["  revokedKEYS=/a  ", { keyword: "revokedkeys", value: "/a" }],
    ["RevokedKeys = /a", { keyword: "revokedkeys", value: "/a" }],
    ['RevokedKeys "/a b"', { keyword: "revokedkeys", value: "/a b" }],
    ["\tMatch User a,b Address 10.0.0.0/8\r", { keyword: "match", value: "User a,b Address 10.0.0.0/8" }],
    ["# RevokedKeys /a", undefined],
    ["", undefined],
    ["   ", undefined],
  ];
  for (const [line, expected] of cases)
    assert.deepEqual(parseDirective(line), expected, JSON.stringify(line));
});

test("Match blocks end with their file, and hold for what they include", () => {
  mkdirSync(join(directory, "d"), { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write("main", "Include d/*.conf\nPort 1\nMatch User bob\nPort 2\nInclude inner\nMatch all\nPort 5\n");
  write("d/1.conf", "Port 10\nMatch Group ops\nPort 11\n");
  write("d/2.conf", "Port 12\n");
  write("inner", "Port 3\nMatch Host x\nPort 4\n");
  const ports = readSshdConfig(join(directory, "main"), directory).filter(
    ({ keyword }) => keyword === "port",
  );
  assert.deepEqual(
    ports.map(({ value, match }) => [value, match]),
    [
      ["10", undefined],
      ["11", "Group ops"],
      ["12", undefined],
      ["1", undefined],
      ["2", "User bob"],
      ["3", "User bob"],
      ["4", "Host x"],
      ["5", "all"],
    ],
  );
  assert.deepEqual([ports[1]?.file, ports[1]?.line], [join(directory, "d/1.conf"), 3]);
});

test("files that include each other end in words, not in a loop", () => {
  writeFileSync(join(directory, "loop"), "Include loop\n");
  assert.throws(() => readSshdConfig(join(directory, "loop"), directory), /deeper than 16/);
  assert.throws(() => readSshdConfig(join(directory, "none"), directory), /cannot be read \(ENOENT\)/);
});

test("a file counts as included only where it is for every connection", () => {
  const include = (value: string, match?: string) => [
    { keyword: "include", value, file: "f", line: 1, match },
  ];
  const path = "/etc/ssh/sshd_config.d/50-sallyport.conf";
  const cases: [Parameters<typeof isIncluded>[0], boolean][] = [
    [include("/etc/ssh/sshd_config.d/*.conf"), true],
    [include("sshd_config.d/*.conf"), true],
    [include('"/etc/ssh/sshd_config.d/*.conf"'), true],
    [include("/other/*.conf /etc/ssh/sshd_config.d/50-*"), true],
    [include("/etc/ssh/sshd_config.d/*.conf", "User bob"), false],
    [include("/etc/ssh/sshd_config.d/*.cnf"), false],
    [[], false],
  ];
  for (const [directives, expected] of cases) {
    assert.equal(isIncluded(directives, path, "/etc/ssh"), expected, directives[0]?.value);
  }
});
