import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What the tests of a change depend on besides their imports: `vitest related` then runs all.
    forceRerunTriggers: [
      ...configDefaults.forceRerunTriggers,
      "**/flags.json",
      "**/package-lock.json",
      "**/tsconfig*.json",
      "**/src/main.ts",
    ],
  },
});
