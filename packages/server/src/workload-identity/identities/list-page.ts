import { type DescMessage, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import type { Resource, ResourceStore } from "../../resources/index.ts";
import { type Encoded, encodePage, MAX_PAGE_BYTES } from "../../rpc/index.ts";

const DEFAULT_PAGE = 200;
const MAX_PAGE = 1000;

/** One page in the order of names: resources in field 1, the token of the next page in field 2. */
export async function listPage<M extends Resource & { metadata?: { name: string } | undefined }>(
  store: ResourceStore<M>,
  desc: DescMessage,
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): Promise<Encoded> {
  if (pageSize < 0) throw new AppError("BAD_PARAMETER", "page_size is negative");
  const limit = Math.min(pageSize === 0 ? DEFAULT_PAGE : pageSize, MAX_PAGE);
  const { resources, nextKey } = await store.list({ limit, startKey: pageToken });
  const items: Uint8Array[] = [];
  let bytes = 0;
  for (const [index, resource] of resources.entries()) {
    const item = toBinary(desc, resource);
    bytes += item.length;
    if (index > 0 && bytes > MAX_PAGE_BYTES) {
      return encodePage(1, items, 2, resources[index - 1]?.metadata?.name ?? "");
    }
    items.push(item);
  }
  return encodePage(1, items, 2, nextKey);
}
