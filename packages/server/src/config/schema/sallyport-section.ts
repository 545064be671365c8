import { group, key } from "./key.ts";
import { duration } from "./scalars.ts";

/** What only Sallyport has; other readers of the schema do not know this section. */
export const sallyportSection = group("What goes beyond the Teleport schema.", {
  access_request_history_ttl: key(
    duration,
    "duration",
    "8760h",
    "How long ended access requests can be listed by `tctl requests ls --history`; 0s keeps none.",
    "17520h",
  ),
});
