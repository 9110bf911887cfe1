/** The web application. */

import { OpenFeature } from "@openfeature/server-sdk";
import Fastify, { type FastifyInstance } from "fastify";
import { z } from "zod";

import { FlagFile } from "./flags.ts";
import { loggerOptions, RequestLog } from "./log.ts";
import type { Settings } from "./settings.ts";

const Guest = z.object({ name: z.string().min(1).max(100) });
type Guest = z.infer<typeof Guest>;

export function createApp(settings: Settings): FastifyInstance {
  const app = Fastify({
    logger: loggerOptions(settings.LOG_LEVEL),
    logController: new RequestLog(),
  });

  OpenFeature.setProvider(new FlagFile(settings.FLAGS_FILE, app.log));
  const flags = OpenFeature.getClient();

  let stopping = false;
  app.addHook("preClose", async () => {
    stopping = true;
    app.log.info("stopping: requests in flight are answered");
  });
  // A client that kept its connection open would keep the service from its end.
  app.addHook("onSend", async (_request, reply) => {
    if (stopping) reply.header("connection", "close");
  });
  // Close what requests share, such as a database pool, here: all of them have been answered.
  app.addHook("onClose", async () => app.log.info("stopped"));

  app.get("/healthz", async () => ({ status: "ok" }));

  app.post<{ Body: Guest }>(
    "/greetings",
    { schema: { body: z.toJSONSchema(Guest, { target: "draft-7" }) } },
    async (request) => {
      const message = `${settings.GREETING}, ${request.body.name}!`;
      const warm = await flags.getBooleanValue("warm-greeting", false);
      return { message: warm ? `${message} It is good to see you.` : message };
    },
  );

  return app;
}
