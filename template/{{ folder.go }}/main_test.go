package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asService makes the test binary the service itself, so that its process can be tested.
const asService = "TEST_AS_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(asService) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command is the service as a process of its own, as a platform starts it.
func command(t *testing.T, environment []string, arguments ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A service that hangs is killed, and its log ends.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = append(os.Environ(), asService+"=yes", "BIND=127.0.0.1", "LOG_LEVEL=INFO")
	command.Env = append(command.Env, environment...)
	return command
}

// service is one that runs, and its log.
type service struct {
	*exec.Cmd
	log     *bufio.Scanner
	address string // host and port
}

type entry struct {
	Message, Path string
	Status        int
}

func start(t *testing.T) *service {
	t.Helper()
	command := command(t, []string{"PORT=0"}) // the system chooses a free one
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	service := &service{Cmd: command, log: bufio.NewScanner(output)}
	_, service.address, _ = strings.Cut(service.waitFor(t, "listening on ").Message, "http://")
	return service
}

// waitFor reads the log up to the message that starts so.
func (s *service) waitFor(t *testing.T, start string) entry {
	t.Helper()
	for s.log.Scan() {
		var entry entry
		if err := json.Unmarshal(s.log.Bytes(), &entry); err != nil {
			t.Fatalf("%v in %s", err, s.log.Text())
		}
		if strings.HasPrefix(entry.Message, start) {
			return entry
		}
	}
	t.Fatalf("the service ended without a message %q", start)
	return entry{}
}

// stop asks the service to end, and returns once it lets in nothing new.
func (s *service) stop(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.waitFor(t, "stopping")
}

func TestARequestInFlightIsAnsweredBeforeTheServiceStops(t *testing.T) {
	service := start(t)
	client, err := net.Dial("tcp", service.address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	answers := textproto.NewReader(bufio.NewReader(client))
	body := `{"name": "Ada"}`
	fmt.Fprintf(client, "POST /greetings HTTP/1.1\r\nHost: localhost\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(body))
	if line, err := answers.ReadLine(); line != "HTTP/1.1 100 Continue" {
		t.Fatalf("it does not ask for the body: %q, %v", line, err)
	}

	service.stop(t)
	if _, err := net.Dial("tcp", service.address); err == nil {
		t.Error("a new connection is let in")
	}
	fmt.Fprint(client, body)

	if _, err := answers.ReadMIMEHeader(); err != nil { // of the line before
		t.Fatal(err)
	}
	if line, err := answers.ReadLine(); line != "HTTP/1.1 200 OK" {
		t.Errorf("the request in flight is answered %q, %v", line, err)
	}
	if entry := service.waitFor(t, "request"); entry.Path != "/greetings" || entry.Status != 200 {
		t.Errorf("the request is logged as %+v", entry)
	}
	if err := service.Wait(); err != nil {
		t.Errorf("the service ends with %v", err)
	}
}

func TestTheHealthCheckFailsAsSoonAsTheServiceIsGone(t *testing.T) {
	service := start(t)
	_, port, _ := net.SplitHostPort(service.address)
	environment := []string{"PORT=" + port, "BIND=0.0.0.0"} // as in the container

	if output, err := command(t, environment, "healthcheck").CombinedOutput(); err != nil {
		t.Errorf("a service that runs: %v, %s", err, output)
	}
	service.stop(t)
	if err := service.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := command(t, environment, "healthcheck").Run(); err == nil {
		t.Error("a service that is gone passes")
	}
}

func TestTheHealthCheckFailsOnAnErrorOfTheService(t *testing.T) {
	broken := httptest.NewServer(http.NotFoundHandler())
	defer broken.Close()
	_, port, _ := net.SplitHostPort(broken.Listener.Addr().String())

	output, err := command(t, []string{"PORT=" + port}, "healthcheck").CombinedOutput()

	if err == nil || !strings.Contains(string(output), "404") {
		t.Errorf("got %v and %s", err, output)
	}
}

func TestAServiceWithAFileThatHoldsNoFlagsDoesNotStart(t *testing.T) {
	output, err := command(t, []string{"PORT=0", "FLAGS_FILE=go.mod"}).CombinedOutput()

	if err == nil || !strings.HasPrefix(string(output), "go.mod holds no feature flags: ") {
		t.Errorf("got %v and %s", err, output)
	}
}

func TestAServiceWithAWrongEnvironmentDoesNotStart(t *testing.T) {
	output, err := command(t, []string{"PORT=http"}).CombinedOutput()

	if err == nil || !strings.HasPrefix(string(output), "PORT must be a number") {
		t.Errorf("got %v and %s", err, output)
	}
}
