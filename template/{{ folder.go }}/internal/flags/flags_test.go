package flags

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/open-feature/go-sdk/openfeature"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func set(flag string) string {
	return `{"flags": {"warm-greeting": {` + flag + `}}}`
}

const onAndOff = `"state": "ENABLED", "variants": {"on": true, "off": false}, `

// open returns a question for the flag, which the code leaves off.
func open(t *testing.T, path string) (warm func() bool, log *bytes.Buffer) {
	t.Helper()
	log = &bytes.Buffer{}
	client, err := Open(path, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return func() bool {
		return client.Boolean(t.Context(), "warm-greeting", false, openfeature.EvaluationContext{})
	}, log
}

func TestAFlagIsAsTheFileSays(t *testing.T) {
	tests := map[string]struct {
		file string
		want bool
	}{
		"on":                                 {set(onAndOff + `"defaultVariant": "on"`), true},
		"off":                                {set(onAndOff + `"defaultVariant": "off"`), false},
		"disabled is as the code says":       {set(`"state": "DISABLED", "variants": {"on": true}, "defaultVariant": "on"`), false},
		"without a default as the code":      {set(onAndOff + `"defaultVariant": null`), false},
		"an empty rule is none":              {set(onAndOff + `"defaultVariant": "on", "targeting": {}`), true},
		"a flag that is missing as the code": {`{"flags": {}}`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "flags.json")
			write(t, path, test.file)

			warm, _ := open(t, path)

			if got := warm(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestAChangedFileCountsFromTheNextQuestionOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flags.json")
	write(t, path, set(onAndOff+`"defaultVariant": "off"`))
	warm, log := open(t, path)
	before := warm()

	write(t, path, set(onAndOff+`"defaultVariant": "on"`))
	after := warm()
	write(t, path, "{")
	broken := warm()

	if before || !after || !broken {
		t.Errorf("got %v, then %v, and %v once it was broken", before, after, broken)
	}
	if !strings.Contains(log.String(), "stay as they were") {
		t.Errorf("the broken file is not in the log: %s", log)
	}
}

func TestWithoutTheFileEverythingIsAsTheCodeSays(t *testing.T) {
	warm, log := open(t, filepath.Join(t.TempDir(), "absent.json"))

	if warm() || !strings.Contains(log.String(), "absent.json") {
		t.Errorf("the missing file is not in the log: %s", log)
	}
}

func TestANumberStaysWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flags.json")
	write(t, path, `{"flags": {"limit": {"state": "ENABLED", "variants": {"low": 3, "half": 0.5}, "defaultVariant": "low"}}}`)

	client, err := Open(path, slog.New(slog.DiscardHandler))

	if err != nil {
		t.Fatal(err)
	}
	if got := client.Int(t.Context(), "limit", 7, openfeature.EvaluationContext{}); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
}

func TestABrokenFileIsRefusedWithWhatIsWrong(t *testing.T) {
	tests := map[string]string{
		"{":                                     "unexpected EOF",
		"{}":                                    "no object flags",
		set(`"state": "ON"`):                    `"ON"`,
		set(`"state": "ENABLED"`):               "no variants",
		set(onAndOff + `"defaultVariant": "x"`): `"x" is none of the variants`,
		set(onAndOff + `"defaultVariant": "on", "targeting": {"var": "team"}`): "targeting needs flagd's own provider",
	}
	for text, words := range tests {
		t.Run(words, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "flags.json")
			write(t, path, text)

			_, err := Open(path, slog.New(slog.DiscardHandler))

			if err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %s", err, words)
			}
		})
	}
}

func TestTheFlagsOfThisServiceCanBeRead(t *testing.T) {
	if _, err := read("../../flags.json"); err != nil {
		t.Error(err)
	}
}
