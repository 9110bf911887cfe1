/** The service as a process of its own, as a platform starts and stops it. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, expect, test } from "vitest";

type Entry = { message: string; status?: number };

beforeAll(() => {
  execFileSync("node_modules/.bin/tsc", ["--project", "tsconfig.build.json", "--noCheck"]);
});

const started: ChildProcess[] = [];
afterEach(() => {
  for (const service of started.splice(0)) service.kill("SIGKILL");
});

/** Start the service; the system chooses a free port. */
function start(environment: Record<string, string>) {
  const service = spawn(process.execPath, ["dist/main.js"], {
    env: { ...process.env, BIND: "127.0.0.1", PORT: "0", LOG_LEVEL: "INFO", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(service);
  return service;
}

/** The log of the service as parsed objects. */
async function* entries(service: ReturnType<typeof start>): AsyncGenerator<Entry, undefined> {
  for await (const line of createInterface(service.stdout)) yield JSON.parse(line);
}

/** Read the log up to the message that starts so. */
async function waitFor(beginning: string, log: AsyncGenerator<Entry>): Promise<string> {
  for (let next = await log.next(); !next.done; next = await log.next()) {
    const { message } = next.value;
    if (message.startsWith(beginning)) return message;
  }
  throw new Error(`the service ended without a message "${beginning}"`);
}

/** The statuses of the requests in the rest of the log. */
async function statuses(log: AsyncGenerator<Entry>) {
  const found = [];
  for await (const { message, status } of log) if (message === "request") found.push(status);
  return found;
}

/** The address at which the service listens, by its log. */
async function listening(log: AsyncGenerator<Entry>): Promise<URL> {
  const message = await waitFor("Server listening at ", log);
  return new URL(message.split(" ").at(-1) ?? "");
}

/** Send a request whose body is still to come, once the service waits for it. */
async function sendHead(address: URL, length: number): Promise<Socket> {
  const client = connect(Number(address.port), address.hostname).setEncoding("utf8");
  client.write(
    "POST /greetings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
      `Content-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  expect(String(await once(client, "data"))).toMatch("HTTP/1.1 100");
  return client;
}

test("a request in flight is answered before the service stops", async () => {
  const service = start({});
  const exit = once(service, "exit");
  const log = entries(service);
  const body = JSON.stringify({ name: "Ada" });
  const client = await sendHead(await listening(log), body.length);

  service.kill("SIGTERM");
  await waitFor("stopping", log);
  client.write(body);

  expect(String(await once(client, "data"))).toMatch("HTTP/1.1 200");
  expect(await statuses(log)).toEqual([200]);
  expect(await exit).toEqual([0, null]);
});

test("a request that takes too long is cut off", async () => {
  const service = start({ SHUTDOWN_SECONDS: "0" });
  const exit = once(service, "exit");
  const log = entries(service);
  const client = await sendHead(await listening(log), 10);

  service.kill("SIGTERM");

  await once(client, "close");
  await waitFor("requests that took too long", log);
  expect(await exit).toEqual([0, null]);
});

test("the service does not start with a file that holds no flags", async () => {
  const service = start({ FLAGS_FILE: "package.json" });

  const [words, [status]] = await Promise.all([text(service.stderr), once(service, "exit")]);

  expect(words).toMatch(/^package.json holds no feature flags: /);
  expect(status).toBe(1);
});

test("an environment that makes no sense is refused with the name of the variable", async () => {
  const service = start({ PORT: "http" });

  const [words, [status]] = await Promise.all([text(service.stderr), once(service, "exit")]);

  expect(words).toContain("PORT");
  expect(status).toBe(1);
});
