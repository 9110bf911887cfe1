// Package flags reads feature flags from a file in flagd's format, for OpenFeature.
package flags

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/memprovider"
)

// Open returns a client that answers with the flags of a file, which is read again as
// soon as it has changed. Without the file every flag has the value that the code gives
// it. A file that is not in order is an error here; later what was read before stays in
// force.
func Open(path string, logger *slog.Logger) (*openfeature.Client, error) {
	seen := versionOf(path)
	flags, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		logger.Warn("no feature flags: there is no " + path)
	} else if err != nil {
		return nil, err
	}
	file := &file{memprovider.NewInMemoryProvider(flags), &watch{path: path, logger: logger, seen: seen}}
	file.watch.update = file.UpdateFlags
	if err := openfeature.SetProviderAndWait(file); err != nil {
		return nil, err
	}
	return openfeature.NewDefaultClient(), nil
}

// file is the provider: the one of the SDK, which looks at the file before each answer.
type file struct {
	*memprovider.InMemoryProvider
	watch *watch
}

// Hooks run before each evaluation.
func (f *file) Hooks() []openfeature.Hook {
	return []openfeature.Hook{f.watch}
}

// watch notices that the file has changed.
type watch struct {
	openfeature.UnimplementedHook
	path   string
	logger *slog.Logger
	update func(map[string]memprovider.InMemoryFlag)

	mu   sync.Mutex
	seen version
}

// Before takes the file's flags if it is another than the one that was read.
func (w *watch) Before(context.Context, openfeature.HookContext, openfeature.HookHints) (*openfeature.EvaluationContext, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := versionOf(w.path)
	if now == w.seen || now == (version{}) {
		return nil, nil
	}
	w.seen = now // a file that is refused is not tried again until it changes
	if flags, err := read(w.path); err != nil {
		w.logger.Error("the feature flags stay as they were", "cause", err.Error())
	} else {
		w.update(flags)
		w.logger.Info("feature flags read again")
	}
	return nil, nil
}

// version is what changes with the file; the zero value if there is none.
type version struct {
	changed time.Time
	size    int64
}

func versionOf(path string) version {
	info, err := os.Stat(path)
	if err != nil {
		return version{}
	}
	return version{info.ModTime(), info.Size()}
}

// flag is one entry of flagd's format.
type flag struct {
	State          memprovider.State `json:"state"`
	Variants       map[string]any    `json:"variants"`
	DefaultVariant string            `json:"defaultVariant"`
	Targeting      map[string]any    `json:"targeting"`
}

func read(path string) (map[string]memprovider.InMemoryFlag, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var set struct {
		Flags map[string]flag `json:"flags"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a whole number stays one
	if err := decoder.Decode(&set); err != nil {
		return nil, fmt.Errorf("%s holds no feature flags: %w", path, err)
	}
	if set.Flags == nil {
		return nil, fmt.Errorf("%s holds no feature flags: it has no object flags", path)
	}
	flags := make(map[string]memprovider.InMemoryFlag, len(set.Flags))
	for _, name := range slices.Sorted(maps.Keys(set.Flags)) {
		if err := set.Flags[name].check(); err != nil {
			return nil, fmt.Errorf("%s holds no feature flags: %s: %w", path, name, err)
		}
		flags[name] = set.Flags[name].inMemory(name)
	}
	return flags, nil
}

func (f flag) check() error {
	_, known := f.Variants[f.DefaultVariant]
	switch {
	case f.State != memprovider.Enabled && f.State != memprovider.Disabled:
		return fmt.Errorf("state must be ENABLED or DISABLED, not %q", f.State)
	case len(f.Variants) == 0:
		return errors.New("it has no variants")
	case f.DefaultVariant != "" && !known:
		return fmt.Errorf("defaultVariant %q is none of the variants", f.DefaultVariant)
	case len(f.Targeting) > 0:
		return errors.New("targeting needs flagd's own provider instead of this package, and is not ignored")
	}
	return nil
}

func (f flag) inMemory(name string) memprovider.InMemoryFlag {
	state := f.State
	if f.DefaultVariant == "" {
		state = memprovider.Disabled // it leaves the value to the code
	}
	variants := make(map[string]any, len(f.Variants))
	for variant, value := range f.Variants {
		variants[variant] = plain(value)
	}
	return memprovider.InMemoryFlag{Key: name, State: state, DefaultVariant: f.DefaultVariant, Variants: variants}
}

// plain has numbers as the SDK knows them.
func plain(value any) any {
	number, ok := value.(json.Number)
	if !ok {
		return value
	}
	if whole, err := number.Int64(); err == nil {
		return whole
	}
	float, err := number.Float64()
	if err != nil {
		return number.String()
	}
	return float
}
