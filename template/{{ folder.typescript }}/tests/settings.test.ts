import { expect, test } from "vitest";

import { Settings } from "../src/settings.ts";

test("the environment overrides the defaults", () => {
  const settings = Settings.parse({ PORT: "9090", LOG_LEVEL: "DEBUG" });

  expect(settings).toMatchObject({ BIND: "127.0.0.1", PORT: 9090, LOG_LEVEL: "DEBUG" });
});

test.each([
  { PORT: "http" },
  { PORT: "" },
  { PORT: "65536" },
  { LOG_LEVEL: "loud" },
  { SHUTDOWN_SECONDS: "-1" },
])("a value that makes no sense is refused: %j", (environment) => {
  const { error } = Settings.safeParse(environment);

  expect(error?.issues.map((issue) => issue.path)).toEqual([Object.keys(environment)]);
});
