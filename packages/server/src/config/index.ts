// Configuration: command line, environment and file, read once into one frozen value.
export type {
  AuthConfig,
  AuthenticationConfig,
  Config,
  ListenAddress,
  NetworkingConfig,
  RecordingConfig,
} from "./config.ts";
export { configReference } from "./config-reference.ts";
export { configureText } from "./configure-text.ts";
export { type ConfigOptions, type ConfigSources, type LoadedConfig, loadConfig } from "./load-config.ts";
