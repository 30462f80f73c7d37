package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// checked carries requests out and holds each against the OpenAPI documents: an
// answer must be documented down to its last member, a request that was taken
// must be allowed.
type checked struct {
	t        testing.TB
	next     http.RoundTripper
	anyQuery bool
}

func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, r := sentBody(r)
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil { // whoever reads it learns that too; what did not come whole cannot be judged
		answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
		return answer, nil
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	for _, wrong := range undocumented(r, sent(), answer, body, c.anyQuery) {
		c.t.Errorf("%s %s, answered %d: %s\nthe request: %.2000s\nthe answer: %.2000s", r.Method, r.URL.RequestURI(), answer.StatusCode, wrong, sent(), body)
	}
	return answer, nil
}

// CloseIdleConnections serves http.Client's method of that name.
func (c checked) CloseIdleConnections() { (&http.Client{Transport: c.next}).CloseIdleConnections() }

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// sentBody answers what is sent as a request's body, and the request to send.
func sentBody(r *http.Request) (func() []byte, *http.Request) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() []byte { return nil }, r
	}
	copied := &recording{ReadCloser: r.Body}
	if r.GetBody != nil {
		if again, err := r.GetBody(); err == nil {
			b, err := io.ReadAll(again)
			if err == nil {
				return func() []byte { return b }, r
			}
		}
	}
	r = r.WithContext(r.Context())
	r.Body = copied
	return copied.bytes, r
}

// recording keeps what is read from it. The transport may still be reading when
// the answer is there.
type recording struct {
	io.ReadCloser
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *recording) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf.Write(p[:n])
	return n, err
}

func (r *recording) bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.buf.Bytes())
}

// isPage reports whether a path is one of those that people open: pages are not in the
// documents, which are for programs.
func isPage(path string) bool {
	return path == "/" || slices.ContainsFunc([]string{"/demo", "/console", "/board", "/widget.js", "/usher/widget/", "/usher/assets/"}, func(p string) bool {
		return strings.HasPrefix(path, p)
	})
}

// undocumented lists what the documents do not say of an exchange.
func undocumented(r *http.Request, sent []byte, answer *http.Response, body []byte, anyQuery bool) []string {
	op, parameters, others := find(r.Method, r.URL)
	switch {
	case op == nil && (answer.StatusCode == http.StatusNotFound || isPage(r.URL.Path)):
		return nil
	case op == nil && len(others) == 0:
		return []string{"the path is not documented"}
	case op == nil && answer.StatusCode < 400:
		return []string{"the method is not documented"}
	case op == nil: // the method is refused in the words of the path
		var wrong []string
		for _, o := range others {
			if wrong = o.answered(r.Method, answer, body); len(wrong) == 0 {
				return nil
			}
		}
		return wrong
	}
	wrong := op.answered(r.Method, answer, body)
	if answer.StatusCode/100 == 2 {
		wrong = append(wrong, op.taken(r, parameters, sent, anyQuery)...)
	}
	return wrong
}

// anything is the documented content type of a file, whose bytes are its sender's own.
const anything = "*/*"

// ordinary are headers that every answer may have.
var ordinary = []string{"Connection", "Content-Length", "Content-Type", "Date"}

// answered lists what is wrong with an answer.
func (o *Operation) answered(method string, answer *http.Response, body []byte) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	ref := o.exact.Responses.Status(answer.StatusCode)
	if ref == nil {
		say("status %d of %s is not documented", answer.StatusCode, o.ID)
		return wrong
	}
	documented := ref.Value
	said := slices.Clone(ordinary)
	for name, header := range documented.Headers {
		said = append(said, http.CanonicalHeaderKey(name))
		text := answer.Header.Get(name)
		if text == "" {
			if header.Value.Required {
				say("header %s is missing", name)
			}
			continue
		}
		if err := visitText(header.Value.Schema.Value, text); err != nil {
			say("header %s: %v", name, err)
		}
	}
	for name := range answer.Header {
		if !slices.Contains(said, name) {
			say("header %s is not documented", name)
		}
	}
	if len(documented.Content) == 0 {
		if len(body) > 0 {
			say("a body is not documented")
		}
		return wrong
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	content := documented.Content[kind]
	if err != nil || content == nil && documented.Content[anything] == nil {
		say("Content-Type %q is not documented", answer.Header.Get("Content-Type"))
		return wrong
	}
	if content == nil || kind != "application/json" || method == http.MethodHead {
		return wrong
	}
	value, err := decode(body)
	if err != nil {
		say("the body is no JSON: %v", err)
		return wrong
	}
	if err := content.Schema.Value.VisitJSON(value, append(brief, openapi3.VisitAsResponse())...); err != nil {
		say("the body: %v", err)
	}
	return append(wrong, twins(value)...)
}

// taken lists what is wrong with a request.
func (o *Operation) taken(r *http.Request, parameters map[string]string, sent []byte, anyQuery bool) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, QueryParams: r.URL.Query(),
		Options: &openapi3filter.Options{SkipSettingDefaults: true, SchemaValidationOptions: brief},
	}
	query := make(map[string]bool)
	for _, p := range o.parameters {
		if p.Value.Content != nil { // JSON in a query, in which line breaks are documented to be ignored
			for i, text := range input.QueryParams[p.Value.Name] {
				input.QueryParams[p.Value.Name][i] = strings.NewReplacer("\r", "", "\n", "").Replace(text)
			}
		}
		query[p.Value.Name] = query[p.Value.Name] || p.Value.In == openapi3.ParameterInQuery
		if err := openapi3filter.ValidateParameter(context.Background(), input, p.Value); err != nil {
			say("%v", err)
		}
	}
	for name := range input.QueryParams {
		if !query[name] && !anyQuery {
			say("the query's %s is not documented", name)
		}
	}
	if !o.secured(r.Header) {
		say("it was taken without what it is documented to need: %v", o.security)
	}
	documented := o.asServed.RequestBody
	switch {
	case documented != nil && documented.Value.Content[anything] != nil:
		if len(sent) == 0 {
			say("an empty file was taken")
		}
		return wrong
	case len(bytes.TrimSpace(sent)) == 0:
		if documented != nil && documented.Value.Required {
			say("the request has no body, which is documented to be required")
		}
		return wrong
	case documented == nil: // the body of a GET means nothing, and is ignored
		if r.Method != http.MethodGet {
			say("the request has a body, which is not documented")
		}
		return wrong
	}
	value, err := decode(sent)
	if err != nil {
		say("the request is no JSON: %v", err)
		return wrong
	}
	if err := documented.Value.Content["application/json"].Schema.Value.VisitJSON(value, append(brief, openapi3.VisitAsRequest())...); err != nil {
		say("the request: %v", err)
	}
	return wrong
}

// secured reports whether a request has one set of the documented credentials.
func (o *Operation) secured(h http.Header) bool {
	return len(o.security) == 0 || slices.ContainsFunc(o.security, func(needed openapi3.SecurityRequirement) bool {
		for name := range needed {
			s := o.schemes[name].Value
			scheme, _, _ := strings.Cut(h.Get("Authorization"), " ")
			if s.In == openapi3.ParameterInCookie {
				name, _, _ := strings.Cut(s.Name, "{") // it names the site, too
				if !strings.Contains(h.Get("Cookie"), name) {
					return false
				}
				continue
			}
			if s.Type == "apiKey" && h.Get(s.Name) == "" || s.Type == "http" && !strings.EqualFold(scheme, s.Scheme) {
				return false
			}
		}
		return true
	})
}

// brief leaves schemas out of errors.
var brief = []openapi3.SchemaValidationOption{openapi3.DisableSchemaErrorDetails(), openapi3.MultiErrors()}

// visitText judges a header's text by a schema.
func visitText(schema *openapi3.Schema, text string) error {
	if !schema.Type.Is(openapi3.TypeInteger) {
		return schema.VisitJSON(text, brief...)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return err
	}
	return schema.VisitJSON(json.Number(strconv.FormatInt(n, 10)), brief...)
}

// decode reads one JSON value.
func decode(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more follows the value")
	}
	return v, nil
}

// twins lists the numbers whose text beside them says something else.
func twins(v any) (wrong []string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			wrong = append(wrong, twins(x)...)
		}
	case map[string]any:
		for name, x := range v {
			wrong = append(wrong, twins(x)...)
			n, number := x.(json.Number)
			text, twin := v[name+"String"].(string)
			if number && twin && n.String() != text {
				wrong = append(wrong, fmt.Sprintf("%s is %s, and its twin %q", name, n, text))
			}
		}
	}
	return wrong
}
