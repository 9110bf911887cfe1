import Fastify from "fastify";
import { expect, test } from "vitest";

import { loggerOptions, RequestLog } from "../src/log.ts";

type Entry = { time: string; level: string; message: string; duration_ms?: number };

/** An application with this log, and the parsed lines of it. */
function logged() {
  const lines: Entry[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const app = Fastify({
    logger: { ...loggerOptions("INFO"), stream },
    logController: new RequestLog(),
  });
  app.get("/fine", async () => "fine");
  app.get("/broken", async () => {
    throw new Error("no such order");
  });
  return { app, lines };
}

test("an entry is one object with its time, level, message and fields", () => {
  const { app, lines } = logged();

  app.log.info({ order: 7 }, "paid\nby Ada");

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: "INFO", message: "paid\nby Ada", order: 7 });
  expect(Date.parse(lines[0]?.time ?? "")).not.toBeNaN();
});

test.each([
  ["/fine", 200],
  ["/absent", 404],
  ["/broken", 500],
])("a request of %s is logged with its status %i, not with its query", async (path, status) => {
  const { app, lines } = logged();

  await app.inject(`${path}?token=secret`);

  const requests = lines.filter((line) => line.message === "request");
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ method: "GET", path, status });
  expect(requests[0]?.duration_ms).toBeGreaterThanOrEqual(0);
});

test("an error that nobody handled is logged with its stack", async () => {
  const { app, lines } = logged();

  await app.inject("/broken");

  const errors = lines.filter((line) => line.level === "ERROR");
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ err: { stack: expect.stringContaining("log.test.ts") } });
});
