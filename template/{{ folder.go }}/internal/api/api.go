// Package api is the service's HTTP interface.
package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/open-feature/go-sdk/openfeature"
)

// maxBody is how many bytes of a request are read.
const maxBody = 1 << 20

// New returns the routes of the service.
func New(greeting string, flags openfeature.IClient) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("POST /greetings", greet(greeting, flags))
	return http.MaxBytesHandler(mux, maxBody)
}

func healthz(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

func greet(greeting string, flags openfeature.IClient) http.HandlerFunc {
	type guest struct {
		Name string `json:"name"`
	}
	return func(w http.ResponseWriter, r *http.Request) {
		var guest guest
		if err := json.NewDecoder(r.Body).Decode(&guest); err != nil {
			refuseBody(w, err)
			return
		}
		if length := utf8.RuneCountInString(guest.Name); length < 1 || length > 100 {
			refuse(w, http.StatusUnprocessableEntity, "name must have 1 to 100 characters")
			return
		}
		message := fmt.Sprintf("%s, %s!", greeting, guest.Name)
		if flags.Boolean(r.Context(), "warm-greeting", false, openfeature.EvaluationContext{}) {
			message += " It is good to see you."
		}
		answer(w, http.StatusOK, map[string]string{"message": message})
	}
}

func refuseBody(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body must have at most %d bytes", maxBody))
		return
	}
	refuse(w, http.StatusBadRequest, `the body must be JSON, such as {"name": "Ada"}`)
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"error": why})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error here means that the client is gone; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}
