package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/memprovider"
)

func TestRequests(t *testing.T) {
	tests := map[string]struct {
		method, path, body string
		status             int
		answer             string
	}{
		"the service says that it is healthy": {
			"GET", "/healthz", "", http.StatusOK, `{"status":"ok"}`,
		},
		"a guest is greeted in the words of the configuration": {
			"POST", "/greetings", `{"name": "Ada"}`, http.StatusOK, `{"message":"Welcome, Ada!"}`,
		},
		"a guest without a name is refused": {
			"POST", "/greetings", `{"name": ""}`, http.StatusUnprocessableEntity, "1 to 100 characters",
		},
		"a name is measured in characters, not in bytes": {
			"POST", "/greetings", `{"name": "` + strings.Repeat("é", 100) + `"}`, http.StatusOK, "é!",
		},
		"a name that is too long is refused": {
			"POST", "/greetings", `{"name": "` + strings.Repeat("é", 101) + `"}`,
			http.StatusUnprocessableEntity, "1 to 100 characters",
		},
		"what is no JSON is refused": {
			"POST", "/greetings", "Ada", http.StatusBadRequest, "JSON",
		},
		"a body that is too large is refused": {
			"POST", "/greetings", `{"name": "` + strings.Repeat("a", maxBody) + `"}`,
			http.StatusRequestEntityTooLarge, "bytes",
		},
		"another method is refused": {
			"GET", "/greetings", "", http.StatusMethodNotAllowed, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			response := httptest.NewRecorder()
			request := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))

			New("Welcome", openfeature.NewDefaultClient()).ServeHTTP(response, request)

			if response.Code != test.status || !strings.Contains(response.Body.String(), test.answer) {
				t.Errorf("got %d %s, want %d %s", response.Code, response.Body, test.status, test.answer)
			}
		})
	}
}

func TestAFlagWarmsTheGreeting(t *testing.T) {
	on := memprovider.InMemoryFlag{State: memprovider.Enabled, DefaultVariant: "on", Variants: map[string]any{"on": true}}
	provider := memprovider.NewInMemoryProvider(map[string]memprovider.InMemoryFlag{"warm-greeting": on})
	if err := openfeature.SetProviderAndWait(provider); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(openfeature.Shutdown)
	response := httptest.NewRecorder()
	request := httptest.NewRequest("POST", "/greetings", strings.NewReader(`{"name": "Ada"}`))

	New("Welcome", openfeature.NewDefaultClient()).ServeHTTP(response, request)

	if want := `{"message":"Welcome, Ada! It is good to see you."}`; !strings.Contains(response.Body.String(), want) {
		t.Errorf("got %s, want %s", response.Body, want)
	}
}
