import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DefaultLogger } from "@openfeature/server-sdk";
import { afterEach, beforeEach, expect, test } from "vitest";

import { createApp } from "../src/app.ts";
import { FlagFile, FlagsRefused } from "../src/flags.ts";
import { Settings } from "../src/settings.ts";

let path = "";
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "flags-")), "flags.json");
});
afterEach(() => rmSync(dirname(path), { recursive: true }));

const flag = { state: "ENABLED", variants: { on: true, off: false }, defaultVariant: "on" };

function write(changes: object): void {
  writeFileSync(path, JSON.stringify({ flags: { "warm-greeting": { ...flag, ...changes } } }));
}

/** A function that asks an application with this file for a greeting. */
function greeter(): () => Promise<string> {
  const app = createApp(Settings.parse({ FLAGS_FILE: path, LOG_LEVEL: "ERROR" }));
  const request = { method: "POST", url: "/greetings", body: { name: "Ada" } } as const;
  return async () => (await app.inject(request)).json().message;
}

test("a changed file counts from the next request on", async () => {
  write({ defaultVariant: "off" });
  const greeting = greeter();
  expect(await greeting()).toBe("Hello, Ada!");

  write({});

  expect(await greeting()).toBe("Hello, Ada! It is good to see you.");
});

test.each([{ state: "DISABLED" }, { defaultVariant: null }])(
  "a flag that decides nothing leaves it to the code: %j",
  async (changes) => {
    write(changes);

    expect(await greeter()()).toBe("Hello, Ada!");
  },
);

test("without the file everything is as the code says", async () => {
  expect(await greeter()()).toBe("Hello, Ada!");
});

test("a file that breaks later leaves the flags as they were", async () => {
  write({});
  const greeting = greeter();

  writeFileSync(path, "{");

  expect(await greeting()).toBe("Hello, Ada! It is good to see you.");
});

test.each([
  ["{", "JSON"],
  ["{}", "flags"],
  ['{"flags": {"a": {"state": "ON", "variants": {"on": true}}}}', "ENABLED"],
  ['{"flags": {"a": {"state": "ENABLED", "variants": {}}}}', "variants"],
  [
    '{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "x"}}}',
    "Default variant x missing",
  ],
])("a broken file is refused with what is wrong: %s", (text, words) => {
  writeFileSync(path, text);

  const read = () => new FlagFile(path, new DefaultLogger());

  expect(read).toThrow(FlagsRefused);
  expect(read).toThrow(words);
});

test("targeting rules are followed", async () => {
  write({ targeting: { if: [{ "==": [{ var: "team" }, "pilot"] }, "on", "off"] } });
  const flags = new FlagFile(path, new DefaultLogger());

  const pilot = await flags.resolveBooleanEvaluation("warm-greeting", false, { team: "pilot" });
  const other = await flags.resolveBooleanEvaluation("warm-greeting", true, {});

  expect([pilot.value, other.value]).toEqual([true, false]);
});

test("the flags of this service can be read", () => {
  new FlagFile("flags.json", new DefaultLogger());
});
