import { create, type DescMessage, fromJsonString, type Message, toBinary } from "@bufbuild/protobuf";
import { AppError, type Traits } from "@sallyport/api";
import {
  type Attrs,
  AttrsSchema,
  type WorkloadAttrs,
  WorkloadAttrsSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/attrs_pb";
import {
  type JoinAttrs,
  JoinAttrsSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/join_attrs_pb";
import type { AttributeValues } from "../../expressions/index.ts";
import type { Caller } from "../../rpc/index.ts";
import { hasAttributes, typeOfField } from "./attribute-types.ts";

/** What is known of whoever asks: values by name, and the message that the audit log keeps. */
export interface AskerAttributes {
  readonly values: AttributeValues;
  readonly message: Attrs;
}

/** Each is looked at for each identity, and goes into each entry of the audit log. */
const MAX_WORKLOAD_BYTES = 16 * 1024;

/**
 * The attributes of a call: the user as the certificate and the stored user say, the join as it stands in the
 * certificate, the workload as it was sent.
 */
export function readAttributes(
  caller: Caller,
  labels: Readonly<Record<string, string>>,
  sent: WorkloadAttrs | undefined,
): AskerAttributes {
  const { botName = "", botInstanceId = "", joinAttributes = "" } = caller.identity ?? {};
  const message = create(AttrsSchema, {
    workload: acceptWorkload(sent),
    user: {
      name: caller.name,
      isBot: botName !== "",
      botName,
      botInstanceId,
      labels: { ...labels },
      traits: traitsOf(caller.traits),
    },
    join: joinOf(joinAttributes),
  });
  const values = new Map<string, unknown>();
  collect(AttrsSchema, message, "", values);
  return { values, message };
}

/** Evidence for policies is left out: there are none that would look at it, and it is large. */
function acceptWorkload(sent: WorkloadAttrs | undefined) {
  if (sent === undefined) return undefined;
  const { sigstore: _evidence, ...workload } = sent;
  const bytes = toBinary(WorkloadAttrsSchema, create(WorkloadAttrsSchema, workload)).length;
  if (bytes > MAX_WORKLOAD_BYTES) {
    throw new AppError(
      "BAD_PARAMETER",
      `workload_attrs has ${bytes} bytes; ${MAX_WORKLOAD_BYTES} are possible`,
    );
  }
  return workload;
}

const traitsOf = (traits: Traits) =>
  Object.entries(traits).map(([key, values]) => ({ key, values: [...values] }));

/** Fields of newer versions are passed over; what does not read at all is refused, since rules may exclude by it. */
function joinOf(json: string): JoinAttrs | undefined {
  if (json === "") return undefined;
  try {
    return fromJsonString(JoinAttrsSchema, json, { ignoreUnknownFields: true });
  } catch (cause) {
    throw new AppError("BAD_PARAMETER", "the join attributes of the certificate cannot be read; join again", {
      cause,
    });
  }
}

/** What is empty counts as not set, but for numbers and switches of a message that is there: user id 0 is root. */
function collect(desc: DescMessage, message: Message, prefix: string, values: Map<string, unknown>): void {
  for (const field of desc.fields) {
    const name = `${prefix}${field.name}`;
    const value = (message as unknown as Record<string, unknown>)[field.localName];
    if (value === undefined || value === "") continue;
    const type = typeOfField(field);
    if (type === undefined) {
      if (hasAttributes(field)) collect(field.message, value as Message, `${name}.`, values);
    } else if (type === "list map") {
      values.set(name, traitsFrom(value as readonly { key: string; values: readonly string[] }[]));
    } else {
      values.set(name, type === "text" ? String(value) : value);
    }
  }
}

function traitsFrom(traits: readonly { readonly key: string; readonly values: readonly string[] }[]) {
  return Object.fromEntries(traits.map(({ key, values }) => [key, values]));
}
