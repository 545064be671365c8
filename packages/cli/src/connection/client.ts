import type { NodeClient } from "@sallyport/api/node";

/** The client of a command. */
export type Client = NodeClient;
