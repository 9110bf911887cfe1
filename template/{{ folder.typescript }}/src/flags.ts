/** Feature flags: a file in flagd's format, asked through OpenFeature. */

import { readFileSync, statSync } from "node:fs";

import { FlagdCore, MemoryStorage } from "@openfeature/flagd-core";
import type { EvaluationContext, JsonValue, Logger, Provider } from "@openfeature/server-sdk";

/** The file is not in flagd's format. */
export class FlagsRefused extends Error {}

/**
 * The flags of a file, which is read again as soon as it has changed.
 *
 * Without the file every flag has the value that the code gives it. A file that is not in order
 * is refused at the start; later what was read before stays in force.
 */
export class FlagFile implements Provider {
  readonly metadata = { name: "flags.json" };
  readonly #path: string;
  readonly #log: Logger;
  readonly #storage: MemoryStorage;
  readonly #evaluator: FlagdCore;
  #read: string | undefined;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
    this.#storage = new MemoryStorage(log);
    this.#evaluator = new FlagdCore(this.#storage, log);
    this.#read = this.#version();
    if (this.#read) this.#load();
    else log.warn(`no feature flags: there is no ${path}`);
  }

  /** What changes with the file; undefined if there is none. */
  #version(): string | undefined {
    const stat = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
  }

  #load(): void {
    try {
      // The second argument has it checked by flagd's own schema.
      this.#storage.setConfigurations(readFileSync(this.#path, "utf8"), true);
    } catch (error) {
      const { message, cause } = error as Error;
      const words = cause instanceof Error ? cause.message : message;
      throw new FlagsRefused(`${this.#path} holds no feature flags: ${words}`, { cause: error });
    }
  }

  #current(): FlagdCore {
    const version = this.#version();
    if (version && version !== this.#read) {
      this.#read = version; // a file that is refused is not tried again until it changes
      try {
        this.#load();
        this.#log.info("feature flags read again");
      } catch (error) {
        this.#log.error(`the feature flags stay as they were: ${(error as Error).message}`);
      }
    }
    return this.#evaluator;
  }

  async resolveBooleanEvaluation(flag: string, fallback: boolean, context: EvaluationContext) {
    return this.#current().resolveBooleanEvaluation(flag, fallback, context);
  }

  async resolveStringEvaluation(flag: string, fallback: string, context: EvaluationContext) {
    return this.#current().resolveStringEvaluation(flag, fallback, context);
  }

  async resolveNumberEvaluation(flag: string, fallback: number, context: EvaluationContext) {
    return this.#current().resolveNumberEvaluation(flag, fallback, context);
  }

  async resolveObjectEvaluation<T extends JsonValue>(
    flag: string,
    fallback: T,
    context: EvaluationContext,
  ) {
    return this.#current().resolveObjectEvaluation(flag, fallback, context);
  }
}
