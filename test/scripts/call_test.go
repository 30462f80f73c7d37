package scripts

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"time"
)

// answer is what the server answered with status 200.
type answer struct {
	header http.Header
	body   []byte
}

// newHTTP makes a client with connections of its own, which takes any
// certificate: the stories' servers sign theirs themselves.
func newHTTP() *http.Client {
	return &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
}

func (s *story) request(method, path string, header http.Header, body []byte) (*http.Request, error) {
	r, err := http.NewRequest(method, s.server.Ready.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(r.Header, header)
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	return r, nil
}

// call makes a request. Another status than 200 is a refusal.
func (s *story) call(c *http.Client, method, path string, header http.Header, body []byte) (answer, error) {
	r, err := s.request(method, path, header, body)
	if err != nil {
		return answer{}, err
	}
	response, err := c.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, refused(response.StatusCode, b)
	}
	return answer{header: response.Header, body: b}, nil
}

// tracing tells when a request has been written.
type tracing struct {
	http.RoundTripper
	wrote func()
}

func (t tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { t.wrote() }}
	return t.RoundTripper.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
}

// refused reads an error body, which is JSON in every dialect.
func refused(status int, body []byte) error {
	var e struct {
		ExceptionCode string `json:"exceptionCode"`
		Message       string `json:"message"`
		Detail        string `json:"detail"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("status %d with a body that is no JSON object: %w: %.200q", status, err, body)
	}
	return refusal{fmt.Sprintf("%d %s: %s%s", status, e.ExceptionCode, e.Message, e.Detail)}
}

// do makes a request whose body and answer are JSON.
func (s *story) do(c *http.Client, method, path string, header http.Header, body, into any) error {
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			return err
		}
	}
	a, err := s.call(c, method, path, header, b)
	if err != nil {
		return err
	}
	return json.Unmarshal(a.body, into)
}
