import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Traits } from "@sallyport/api";
import type {
  LabelValues,
  LabelValuesSchema,
} from "@sallyport/api/gen/teleport/legacy/types/wrappers/wrappers_pb.js";

export function readTraits(values: LabelValues | undefined): Traits {
  if (values === undefined) return {};
  return Object.fromEntries(Object.entries(values.Values).map(([name, { Values }]) => [name, Values]));
}

export function writeTraits(traits: Traits): MessageInitShape<typeof LabelValuesSchema> {
  const lists = Object.entries(traits).map(([name, values]) => [name, { Values: [...values] }]);
  return { Values: Object.fromEntries(lists) };
}
