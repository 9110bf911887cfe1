// Package logging writes one JSON object per line.
package logging

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// New returns a logger that leaves out what is below the level.
func New(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: rename}))
}

// rename has the message under the name that log platforms look for; time and level are so already.
func rename(groups []string, field slog.Attr) slog.Attr {
	if len(groups) == 0 && field.Key == slog.MessageKey {
		field.Key = "message"
	}
	return field
}

// Requests logs one line for each request: its method, path, status and duration.
// A handler that panics is logged with its stack and answers 500.
func Requests(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		seen := &response{ResponseWriter: w}
		defer func() {
			logger.InfoContext(r.Context(), "request",
				"method", r.Method,
				"path", r.URL.Path,
				"status", cmp.Or(seen.status, http.StatusOK), // the server's own choice
				"duration_ms", float64(time.Since(started).Microseconds())/1000,
			)
		}()
		defer answerPanic(logger, seen)
		next.ServeHTTP(seen, r)
	})
}

func answerPanic(logger *slog.Logger, w *response) {
	cause := recover()
	if cause == nil {
		return
	}
	logger.Error("panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if w.status != 0 {
		// The client has to see that the answer is not whole.
		panic(http.ErrAbortHandler)
	}
	http.Error(w, "internal server error", http.StatusInternalServerError)
}

// response remembers the status that was sent.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status; those below 200 only announce another.
func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body, after the status 200 if there was none yet.
func (w *response) Write(body []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach what the server's own writer can do.
func (w *response) Unwrap() http.ResponseWriter {
	return w.ResponseWriter
}
