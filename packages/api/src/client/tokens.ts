import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ProvisionTokenV2, ProvisionTokenV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";

/** A token to write. With the method `token` its name is the secret. */
export type TokenInit = MessageInitShape<typeof ProvisionTokenV2Schema>;

/** Tokens by which machines join the cluster. */
export class Tokens {
  readonly #auth: Services["auth"];

  constructor(services: Services) {
    this.#auth = services.auth;
  }

  /** @throws AppError NOT_FOUND where there is no such token. */
  get(name: string, options: CallOptions = {}): Promise<ProvisionTokenV2> {
    return this.#auth.getToken({ Name: name }, options);
  }

  /** All tokens. */
  async list(options: CallOptions = {}): Promise<readonly ProvisionTokenV2[]> {
    return (await this.#auth.getTokens({}, options)).ProvisionTokens;
  }

  /** @throws AppError ALREADY_EXISTS where there is such a token. */
  async create(token: TokenInit, options: CallOptions = {}): Promise<void> {
    await this.#auth.createTokenV2({ Token: { case: "V2", value: token } }, options);
  }

  /** Creates or replaces a token. */
  async upsert(token: TokenInit, options: CallOptions = {}): Promise<void> {
    await this.#auth.upsertTokenV2({ Token: { case: "V2", value: token } }, options);
  }

  /** @throws AppError NOT_FOUND where there is no such token. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#auth.deleteToken({ Name: name }, options);
  }
}
