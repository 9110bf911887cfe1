package config

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func load(environment map[string]string) (Config, error) {
	return Load(func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	})
}

func TestNothingHasToBeSet(t *testing.T) {
	got, err := load(nil)

	if err != nil {
		t.Fatal(err)
	}
	if got.Bind != "127.0.0.1" {
		t.Errorf("it listens on %s, which others may reach", got.Bind)
	}
}

func TestTheEnvironmentOverridesTheDefaults(t *testing.T) {
	got, err := load(map[string]string{
		"BIND": "0.0.0.0", "PORT": "0", "LOG_LEVEL": "DEBUG", "SHUTDOWN_SECONDS": "3",
		"GREETING": "Welcome", "FLAGS_FILE": "/etc/flags.json",
	})

	want := Config{
		Bind: "0.0.0.0", Port: 0, LogLevel: slog.LevelDebug, ShutdownTimeout: 3 * time.Second,
		Greeting: "Welcome", FlagsFile: "/etc/flags.json",
	}
	if err != nil || got != want {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
}

func TestValuesThatMakeNoSenseAreRefusedTogether(t *testing.T) {
	wrong := map[string]string{"PORT": "65536", "SHUTDOWN_SECONDS": "-1", "LOG_LEVEL": "loud"}

	_, err := load(wrong)

	for name, value := range wrong {
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), value) {
			t.Errorf("%s=%s is not named in %v", name, value, err)
		}
	}
}
