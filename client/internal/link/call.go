// Package link is what the two SDKs share: one HTTP exchange, the way to a chat
// server with its pool and position, repeated tries, and the retrieval loop.
package link

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"usher/api"
	"usher/client"
)

// An answer holds at most 1 MiB of messages; anything near this bound is not
// an answer of a chat server.
const maxAnswer = 16 << 20

// Request is one HTTP exchange that carries JSON.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   any // nil sends none
	// File is sent as it is, in place of a Body.
	File io.Reader
}

// Call makes the exchange and decodes the body of a 2xx into answer. Any other
// status is a *client.Error. Every other error means that no answer was read,
// and says nothing about what the server did.
func Call(ctx context.Context, hc *http.Client, r Request, answer any) (http.Header, error) {
	body, kind := r.File, "application/octet-stream"
	if r.Body != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r.Body); err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body, kind = &b, "application/json; charset=UTF-8"
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := hc.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read answer: %w", err)
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("read answer: it is longer than %d bytes", maxAnswer)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, refusal(resp, data)
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return nil, fmt.Errorf("decode answer: %w", err)
	}
	return resp.Header, nil
}

// refusal reads the error body of either API or of the bootstrap. A body that
// is neither, such as a proxy's page, leaves the status alone to speak.
func refusal(resp *http.Response, data []byte) *client.Error {
	var body struct {
		ExceptionCode api.ExceptionCode `json:"exceptionCode"`
		Message       string            `json:"message"`
		Detail        string            `json:"detail"`
		ErrorCode     api.ExceptionCode `json:"o:errorCode"`
	}
	e := &client.Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"))}
	if json.Unmarshal(data, &body) != nil {
		return e
	}
	e.Code, e.Message = body.ExceptionCode, body.Message
	if e.Code == "" {
		e.Code = body.ErrorCode
	}
	if e.Message == "" {
		e.Message = body.Detail
	}
	return e
}

// retryAfter reads a Retry-After header, in seconds or as a date.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), int(time.Hour/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(time.Until(at), 0), time.Hour)
	}
	return 0
}

// busy reports whether err is passing: the same request may succeed later. With
// broken it also counts a server that failed while it handled the request.
func busy(err error, broken bool) bool {
	e, refused := errors.AsType[*client.Error](err)
	if !refused {
		return true // no answer: the connection was lost, or never made
	}
	if e.Code == api.DependencyApplicationTimeout { // the site did not answer in time: 408 for visitors, 500 for agents
		return true
	}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	return broken && (e.Status >= 500 || e.Status == http.StatusRequestTimeout)
}
