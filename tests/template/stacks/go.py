"""Go: the standard library's server."""

from tests.template.stacks import Mistake, Stack

# go test looks for some of what go vet finds, and staticcheck for what does not compile. A copied
# mutex is a matter of go vet alone.
COPIED_MUTEX = """\
package api

import "sync"

// Copied has a lock that guards nothing.
func Copied(lock sync.Mutex) { lock.Lock() }
"""

WRONG_TEST = """\
package config

import "testing"

func TestWrong(t *testing.T) { t.Error("as it should") }
"""

STACK = Stack(
    needs=("go", "version"),
    mistakes={
        "lint": Mistake("internal/api/lint.go", "package api\n\nfunc unused() {}\n", "U1000"),
        "format": Mistake(
            "internal/api/format.go",
            "package api\n\n// Two is 2.\nconst  Two = 2\n",
            "internal/api/format.go",
        ),
        "typecheck": Mistake("internal/api/copied.go", COPIED_MUTEX, "passes lock by value"),
        "test": Mistake("internal/config/wrong_test.go", WRONG_TEST, "FAIL: TestWrong"),
    },
    lock="go.sum",
    locked=("go", "mod", "tidy", "-diff"),
    stopping="stopping",
    name_the_port=("Dockerfile", "internal/config/config.go"),
    built={"/service": "bin/service"},
)
