import { renderTctlReference } from "../../packages/cli/src/index.ts";

/** The reference page of `tctl`, with the line that says where it comes from. */
export async function tctlReference(): Promise<string> {
  const text = await renderTctlReference();
  const [title = "", ...rest] = text.split("\n\n");
  return [title, "Written by `npm run generate` from the commands themselves; do not edit.", ...rest].join(
    "\n\n",
  );
}
