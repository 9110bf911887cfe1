package logging

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// lines parses what was logged; each line has to be a JSON object.
func lines(t *testing.T, output *bytes.Buffer) []map[string]any {
	t.Helper()
	var entries []map[string]any
	for line := range strings.Lines(output.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		entries = append(entries, entry)
	}
	return entries
}

func TestARecordIsOneLineOfJSONWithItsFields(t *testing.T) {
	var output bytes.Buffer
	logger := New(&output, slog.LevelInfo)

	logger.Debug("not wanted")
	logger.Info("paid\nby Ada", "order", 7)

	entries := lines(t, &output)
	if len(entries) != 1 {
		t.Fatalf("%d lines instead of one", len(entries))
	}
	want := map[string]any{"level": "INFO", "message": "paid\nby Ada", "order": 7.0}
	for field, value := range want {
		if entries[0][field] != value {
			t.Errorf("%s is %v, want %v", field, entries[0][field], value)
		}
	}
	if _, ok := entries[0]["time"]; !ok {
		t.Error("the line has no time")
	}
}

func TestARequestIsLoggedWithItsStatusAndDuration(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/fine", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/broken", func(http.ResponseWriter, *http.Request) { panic("no such order") })
	mux.HandleFunc("/hinted", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
	})
	for path, status := range map[string]int{"/fine": 200, "/hinted": 202, "/absent": 404, "/broken": 500} {
		t.Run(path, func(t *testing.T) {
			var output bytes.Buffer
			server := httptest.NewServer(Requests(New(&output, slog.LevelInfo), mux))

			response, err := http.Get(server.URL + path)
			server.Close() // once the line is written

			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			entries := lines(t, &output)
			entry := entries[len(entries)-1]
			if response.StatusCode != status {
				t.Errorf("the answer is %d, want %d", response.StatusCode, status)
			}
			if entry["message"] != "request" || entry["method"] != "GET" ||
				entry["path"] != path || entry["status"] != float64(status) {
				t.Errorf("the line is %v", entry)
			}
			if duration, ok := entry["duration_ms"].(float64); !ok || duration < 0 {
				t.Errorf("duration_ms is %v", entry["duration_ms"])
			}
		})
	}
}

func TestAPanicIsLoggedWithItsStack(t *testing.T) {
	var output bytes.Buffer
	broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no such order") })

	Requests(New(&output, slog.LevelInfo), broken).ServeHTTP(
		httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))

	entry := lines(t, &output)[0]
	stack, _ := entry["stack"].(string)
	if entry["level"] != "ERROR" || entry["cause"] != "no such order" || !strings.Contains(stack, "TestAPanic") {
		t.Errorf("the line is %v", entry)
	}
}

func TestAnAnswerThatBreaksOffIsCutOff(t *testing.T) {
	var output bytes.Buffer
	server := httptest.NewServer(Requests(New(&output, slog.LevelInfo), http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic("half way")
		})))
	defer server.Close()

	response, err := http.Get(server.URL)

	if err == nil {
		response.Body.Close()
		t.Errorf("the client gets %s", response.Status)
	}
}
