package link

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Site is the host that opens the way to the chat server.
type Site struct {
	HTTP     *http.Client // nil is http.DefaultClient
	Server   string       // such as "https://chat.example.org"
	Name     string       // of the site, where several share a host; may be ""
	Login    string
	Password string
}

// Prepare checks the address and fills in what may be left out.
func (s *Site) Prepare() error {
	var err error
	if s.Server, err = baseURL(s.Server); err != nil {
		return fmt.Errorf("the option Server %w", err)
	}
	if s.HTTP == nil {
		s.HTTP = http.DefaultClient
	}
	return nil
}

// Bootstrap calls a resource under /services/rest/crossChannelServices/latest/
// with the login and password.
func (s *Site) Bootstrap(ctx context.Context, method, resource string, body, answer any) error {
	path := "/services/rest/crossChannelServices/latest/" + resource
	if s.Name != "" {
		path = "/sites/" + url.PathEscape(s.Name) + path
	}
	header := http.Header{"Osvc-Crest-Application-Context": {"usher Go client"}}
	(&http.Request{Header: header}).SetBasicAuth(s.Login, s.Password)
	return s.Call(ctx, method, path, header, body, answer)
}

// Call calls a path of the server.
func (s *Site) Call(ctx context.Context, method, path string, header http.Header, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := Call(ctx, s.HTTP, Request{Method: method, URL: s.Server + path, Header: header, Body: body}, answer)
	return err
}

// Chat makes the link to the chat server that the site named, or to override if
// that is not "".
func (s *Site) Chat(override, domain, port, name, pool string) (*Link, error) {
	if override != "" {
		base, err := baseURL(override)
		if err != nil {
			return nil, fmt.Errorf("the option ChatURL %w", err)
		}
		return New(s.HTTP, base, true, name, pool), nil
	}
	scheme, _, _ := strings.Cut(s.Server, "://")
	base, err := baseURL(scheme + "://" + Host(scheme, domain, port))
	if err != nil {
		return nil, fmt.Errorf("the chat server's address %w", err)
	}
	return New(s.HTTP, base, false, name, pool), nil
}

// baseURL checks a URL and takes the slash off its end.
func baseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("is %q: give a URL such as https://chat.example.org", text)
	}
	if u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("is %q: give a URL without user, query and fragment", u.Redacted())
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}
