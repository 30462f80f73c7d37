package blob

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeS3 is an S3-compatible store with one bucket, in memory. It checks the
// signature of every request by itself (Signature Version 4, with the hash of the
// whole payload), and can fail in the middle.
type fakeS3 struct {
	*httptest.Server
	bucket, region    string
	id, secret, token string

	mu       sync.Mutex
	objects  map[string]object // by key
	requests []string          // method and path of those that were well signed
	fault    func(*http.Request) fault
}

type object struct {
	header  http.Header // Content-Type and metadata
	content []byte
}

// fault is how a request is answered instead of as it should be.
type fault struct {
	status int    // instead of doing what is asked, unless 0
	body   string // with that
	cut    bool   // break the connection in the middle of the content
}

const bucketName = "usher-files"

func newFakeS3(t *testing.T) *fakeS3 {
	s := &fakeS3{
		bucket: bucketName, region: "eu-1", id: "AKIAEXAMPLE", secret: "secret+/EXAMPLE/Key", token: "session//token==",
		objects: map[string]object{},
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// credentials sets the environment for OpenS3.
func (s *fakeS3) credentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", s.id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s.secret)
	t.Setenv("AWS_SESSION_TOKEN", s.token)
}

// address is the URL for OpenS3.
func (s *fakeS3) address() string {
	return "s3://" + s.bucket + "/some/prefix?pathStyle=true&region=" + s.region + "&endpoint=" + url.QueryEscape(s.URL)
}

// failing answers requests of one method with a fault, the first times of them.
func (s *fakeS3) failing(method string, times int, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = func(r *http.Request) fault {
		if r.Method != method || times == 0 {
			return fault{}
		}
		times--
		return f
	}
}

// count answers how many well-signed requests of a method there were.
func (s *fakeS3) count(method string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		if strings.HasPrefix(r, method+" ") {
			n++
		}
	}
	return n
}

func (s *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if code := s.verify(r); code != "" {
		refuse(w, http.StatusForbidden, code)
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	var f fault
	if s.fault != nil {
		f = s.fault(r)
	}
	s.mu.Unlock()
	if f.status != 0 {
		w.WriteHeader(f.status)
		io.WriteString(w, f.body)
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	_, location := r.URL.Query()["location"]
	switch {
	case bucket != s.bucket:
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case key == "" && location:
		fmt.Fprintf(w, `<?xml version="1.0"?><LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">%s</LocationConstraint>`, s.region)
	case key == "" && r.Method == http.MethodHead:
	case key == "" || len(r.URL.Query()) > 0:
		refuse(w, http.StatusNotImplemented, "NotImplemented")
	case r.Method == http.MethodPut:
		s.put(w, r, key, f.cut)
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		s.get(w, r, key, f.cut)
	case r.Method == http.MethodDelete:
		s.mu.Lock()
		delete(s.objects, key)
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>The request was refused.</Message></Error>`, code)
}

// put stores an object, if all of its content came and is what was signed.
func (s *fakeS3) put(w http.ResponseWriter, r *http.Request, key string, cut bool) {
	if cut {
		io.CopyN(io.Discard, r.Body, r.ContentLength/2)
		panic(http.ErrAbortHandler)
	}
	content, err := io.ReadAll(r.Body)
	if err != nil || r.ContentLength < 0 || int64(len(content)) != r.ContentLength {
		refuse(w, http.StatusBadRequest, "IncompleteBody")
		return
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != r.Header.Get("X-Amz-Content-Sha256") {
		refuse(w, http.StatusBadRequest, "XAmzContentSHA256Mismatch")
		return
	}
	header := http.Header{"Content-Type": r.Header["Content-Type"]}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			header[name] = values
		}
	}
	s.mu.Lock()
	s.objects[key] = object{header, content}
	s.mu.Unlock()
	w.Header().Set("ETag", `"x"`)
}

func (s *fakeS3) get(w http.ResponseWriter, r *http.Request, key string, cut bool) {
	s.mu.Lock()
	o, ok := s.objects[key]
	s.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	for name, values := range o.header {
		w.Header()[name] = values
	}
	w.Header().Set("ETag", `"x"`)
	w.Header().Set("Last-Modified", time.Unix(1_750_000_000, 0).UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(len(o.content)))
	switch {
	case r.Method == http.MethodHead:
	case cut:
		w.Write(o.content[:len(o.content)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	default:
		w.Write(o.content)
	}
}

// verify answers why a request's signature is not accepted, "" if it is. It does
// not read the body: whether that is what was signed, put sees.
func (s *fakeS3) verify(r *http.Request) string {
	credential, signed, signature, ok := authorization(r.Header.Get("Authorization"))
	if !ok {
		return "AccessDenied"
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || time.Since(at).Abs() > 15*time.Minute {
		return "RequestTimeTooSkewed"
	}
	day := at.Format("20060102")
	scope := day + "/" + s.region + "/s3/aws4_request"
	switch credential {
	case s.id + "/" + scope:
	case s.id + "/" + day + "/us-east-1/s3/aws4_request": // where to ask for the region
		if _, location := r.URL.Query()["location"]; !location {
			return "AuthorizationHeaderMalformed"
		}
		scope = day + "/us-east-1/s3/aws4_request"
	default:
		return "InvalidAccessKeyId"
	}
	if r.Header.Get("X-Amz-Security-Token") != s.token {
		return "InvalidToken"
	}
	for name := range r.Header {
		name = strings.ToLower(name)
		if (strings.HasPrefix(name, "x-amz-") || name == "content-type") && !slices.Contains(signed, name) {
			return "AccessDenied"
		}
	}
	if !slices.Contains(signed, "host") || !slices.IsSorted(signed) {
		return "AccessDenied"
	}
	var headers strings.Builder
	for _, name := range signed {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		if name == "content-length" {
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if b, err := hex.DecodeString(payload); err != nil || len(b) != sha256.Size {
		return "AccessDenied" // neither unsigned nor in pieces
	}
	canonical := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20"), headers.String(), strings.Join(signed, ";"), payload,
	}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	text := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + scope + "\n" + hex.EncodeToString(sum[:])
	key := []byte("AWS4" + s.secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(mac(key, text))), []byte(signature)) {
		return "SignatureDoesNotMatch"
	}
	return ""
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// authorization reads the header of that name.
func authorization(header string) (credential string, signed []string, signature string, ok bool) {
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	fields := strings.Split(rest, ", ")
	if !ok || len(fields) != 3 {
		return "", nil, "", false
	}
	credential, ok1 := strings.CutPrefix(fields[0], "Credential=")
	names, ok2 := strings.CutPrefix(fields[1], "SignedHeaders=")
	signature, ok3 := strings.CutPrefix(fields[2], "Signature=")
	return credential, strings.Split(names, ";"), signature, ok1 && ok2 && ok3
}
