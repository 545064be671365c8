// A reporter that fails the run when a test was skipped, and says which.
// biome-ignore lint/style/noDefaultExport: the test runner takes a reporter from the default export
export default async function* noSkips(source) {
  for await (const { type, data } of source) {
    if (type !== "test:pass" || data.skip === undefined || data.skip === false) continue;
    process.exitCode = 1;
    yield `skipped, which is not allowed on CI: ${data.name} (${data.file ?? "?"}) ${data.skip}\n`;
  }
}
