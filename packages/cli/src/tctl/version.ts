import { verb } from "./verb.ts";

export const version = verb({
  path: ["version"],
  summary: "print the version of tctl",
  examples: [{ line: "tctl version", does: "name, version, and the version of the API it speaks" }],
  takes: () => undefined,
  run: async (tool) => {
    tool.terminal.print(`Sallyport tctl v${ownVersion}, API ${apiVersion}, node ${process.versions.node}\n`);
  },
});

/** Kept here so that nothing has to be loaded to say it; a test holds them against the packages. */
export const ownVersion = "0.1.0";
export const apiVersion = "18.0.0";
