"""TypeScript: Fastify on Node."""

from tests.template.stacks import Mistake, Stack

STACK = Stack(
    needs=("npm", "--version"),
    mistakes={
        "lint": Mistake("tests/lint.ts", "debugger;\n", "noDebugger"),
        "format": Mistake("tests/format.ts", "export const x = { a:1 }\n", "format.ts"),
        "typecheck": Mistake("tests/types.ts", 'export const x: number = "one";\n', "TS2322"),
        "test": Mistake(
            "tests/x.test.ts",
            'import { expect, test } from "vitest";\n\n'
            'test("x", () => {\n  expect(1).toBe(2);\n});\n',
            "expected 1 to be 2",
        ),
    },
    lock="package-lock.json",
    locked=("npm", "ci", "--dry-run"),
    stopping="stopping",
    name_the_port=("Dockerfile", "src/settings.ts"),
)
