import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommandLine } from "./read-command-line.ts";

test("the command line in words", () => {
  const none = { configFile: undefined, dataDir: undefined, debug: undefined };
  const cases: readonly (readonly [readonly string[], unknown])[] = [
    [[], { verb: "help", options: none }],
    [["start"], { verb: "start", options: none }],
    [
      ["start", "-c", "s.yaml", "--data-dir=d", "-d"],
      { verb: "start", options: { configFile: "s.yaml", dataDir: "d", debug: true } },
    ],
    [["start", "--help"], { verb: "help", options: none }],
    [["--version"], { verb: "version", options: none }],
    [["configure"], { verb: "configure", options: none }],
  ];
  for (const [argv, expected] of cases) assert.deepEqual(readCommandLine(argv), expected, argv.join(" "));
});

test("what is not known is refused, with the nearest that is", () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["strt"], /^there is no command "strt"; did you mean start\?$/],
    [
      ["start", "sallyport.yaml"],
      /^start takes no "sallyport.yaml"; a configuration file is named by -c FILE$/,
    ],
    [["start", "--data-dirr=x"], /^there is no option "--data-dirr"; did you mean --data-dir\?$/],
    [["start", "-x"], /^there is no option "-x"$/],
    [["start", "-c"], /argument missing/],
    [["start", "--debug=yes"], /does not take an argument/],
  ];
  for (const [argv, message] of cases) {
    assert.throws(() => readCommandLine(argv), { reason: "BAD_PARAMETER", message }, argv.join(" "));
  }
});
