/** Logs as one JSON object per line on standard output. */

import { type FastifyReply, type FastifyRequest, LogController } from "fastify";

import type { Settings } from "./settings.ts";

/** The options of Fastify's logger, pino. */
export function loggerOptions(level: Settings["LOG_LEVEL"]) {
  return {
    level: level.toLowerCase(),
    messageKey: "message",
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label.toUpperCase() }) },
  };
}

/** One line per request with its method, path, status and duration. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const fields = {
      method: request.method,
      // What follows the question mark may be private.
      path: request.url.replace(/\?.*/, ""),
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    if (error) request.log.error({ ...fields, err: error }, "request");
    else request.log.info(fields, "request");
  }
}
