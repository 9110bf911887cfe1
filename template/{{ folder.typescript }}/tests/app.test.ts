import { expect, test } from "vitest";

import { createApp } from "../src/app.ts";
import { Settings } from "../src/settings.ts";

const app = createApp(Settings.parse({ GREETING: "Welcome", LOG_LEVEL: "ERROR" }));

test("the service says that it is healthy", async () => {
  const response = await app.inject("/healthz");

  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({ status: "ok" });
});

test("a guest is greeted in the words of the settings", async () => {
  const response = await app.inject({ method: "POST", url: "/greetings", body: { name: "Ada" } });

  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({ message: "Welcome, Ada!" });
});

test.each([{}, { name: "" }])("a guest without a name is refused: %j", async (body) => {
  const response = await app.inject({ method: "POST", url: "/greetings", body });

  expect(response.statusCode).toBe(400);
  expect(response.json().message).toContain("name");
});
