/** Start the service, and stop it when the platform says so. */

import { z } from "zod";

import { createApp } from "./app.ts";
import { FlagsRefused } from "./flags.ts";
import { Settings } from "./settings.ts";

const environment = Settings.safeParse(process.env);
if (!environment.success) {
  console.error(`The environment is wrong:\n${z.prettifyError(environment.error)}`);
  process.exit(1);
}
const settings = environment.data;
const app = start();

function start() {
  try {
    return createApp(settings);
  } catch (error) {
    if (!(error instanceof FlagsRefused)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

async function stop(): Promise<void> {
  const closed = app.close();
  setTimeout(async () => {
    app.log.warn("requests that took too long are cut off");
    app.server.closeAllConnections();
    await closed;
    process.exit(); // whatever they still wait for
  }, settings.SHUTDOWN_SECONDS * 1000).unref();
  await closed;
}

process.once("SIGINT", stop);
process.once("SIGTERM", stop);
await app.listen({ host: settings.BIND, port: settings.PORT });
