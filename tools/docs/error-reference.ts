import { catalog, grpcCodes, type Reason } from "@sallyport/api";
import { code, page, table, written } from "./markdown.ts";

/** The reference page of error reasons. */
export function errorReference(): string {
  const rows = (Object.keys(catalog) as Reason[]).map((reason) => {
    const entry: { readonly code: keyof typeof grpcCodes; readonly words: string; readonly hint?: string } =
      catalog[reason];
    return [code(reason), `${entry.code} (${grpcCodes[entry.code]})`, entry.words, entry.hint ?? ""];
  });
  return page(
    "# Errors",
    written("`packages/api/src/errors/catalog.ts`"),
    "Every refusal has a reason: a stable string that programs may branch on (`isAppError(error, REASON)`). Clients " +
      "of the Teleport API see the gRPC code and the message; our own clients also read reason, request id and " +
      "details from the trailers.",
    table(["Reason", "gRPC code", "Words, where the place has none of its own", "What to do next"], rows),
  );
}
