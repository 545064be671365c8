import { type EnumFact, type Facts, type MessageFact, namedTypes, type ServiceFact } from "./facts.ts";

/** Cuts `facts` down to the methods of `served` and everything that they and `roots` reach. Messages stay whole. */
export function reduceFacts(
  facts: Facts,
  served: Readonly<Record<string, readonly string[]>>,
  roots: readonly string[],
): Facts {
  const services = pickServices(facts, served);
  const methods = Object.values(services).flatMap((service) => service.methods);
  const reached = reach(facts, [...roots, ...methods.flatMap((method) => [method.in, method.out])]);
  const messages = pick<MessageFact>(facts.messages, reached);
  const enums = pick<EnumFact>(facts.enums, reached);
  const files = new Set(
    [services, messages, enums].flatMap((part) => Object.values(part)).map((part) => part.file),
  );
  return { source: facts.source, packages: pick(facts.packages, files), services, messages, enums };
}

function pickServices(
  facts: Facts,
  served: Readonly<Record<string, readonly string[]>>,
): Record<string, ServiceFact> {
  const picked: Record<string, ServiceFact> = {};
  for (const [name, methods] of Object.entries(served)) {
    const service = facts.services[name];
    if (!service) throw new Error(`served.ts names ${name}, which the facts do not have`);
    picked[name] = {
      file: service.file,
      methods: methods.map((method) => findMethod(name, service, method)),
    };
  }
  return picked;
}

function findMethod(serviceName: string, service: ServiceFact, name: string): ServiceFact["methods"][number] {
  const method = service.methods.find((candidate) => candidate.name === name);
  if (!method)
    throw new Error(`served.ts names ${serviceName}/${name}, which neither the facts nor an era has`);
  return method;
}

function reach(facts: Facts, roots: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name) || name.startsWith("google.protobuf.")) continue;
    const message = facts.messages[name];
    if (!message && !facts.enums[name]) throw new Error(`no facts for the type ${name}`);
    reached.add(name);
    const parent = name.replace(/\.\w+$/, "");
    if (facts.messages[parent]) queue.push(parent);
    queue.push(...(message?.fields ?? []).flatMap((field) => namedTypes(field.type)));
  }
  return reached;
}

function pick<T>(table: Readonly<Record<string, T>>, keep: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(table).filter(([name]) => keep.has(name)));
}
