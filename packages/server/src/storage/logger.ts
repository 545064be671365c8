/** Where storage says what an operator should know; a pino logger is one. */
export interface StorageLogger {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
