import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const note = { name: "text", number: 1, type: 9, label: 1, jsonName: "text" } as const;

const method = (name: string, stream: { clientStreaming?: boolean; serverStreaming?: boolean } = {}) => ({
  name,
  inputType: ".test.Note",
  outputType: ".test.Note",
  ...stream,
});

/** `test.Echo`: a few methods from `Note { text = 1 }` to `Note`, described at run time. */
export function echoService(): DescService {
  const file = create(FileDescriptorProtoSchema, {
    name: "test.proto",
    package: "test",
    syntax: "proto3",
    messageType: [{ name: "Note", field: [note] }],
    service: [
      {
        name: "Echo",
        method: [
          method("Open"),
          method("Ruled"),
          method("ForServices"),
          method("Decided"),
          method("Watch", { serverStreaming: true }),
        ],
      },
      { name: "Upload", method: [method("Send", { clientStreaming: true })] },
    ],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const service = registry.getService("test.Echo");
  if (service === undefined) throw new Error("test.Echo was not described");
  return service;
}
