package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/api"
	"usher/api/agent"
	"usher/api/sites"
	"usher/client"
)

// callFor bounds a call of administration: reading a record may take its time.
const callFor = 90 * time.Second

// administration is what all commands have in common that administer a site: which
// server and site, who asks, and how to print.
type administration struct {
	target
	Token        string `help:"The admin token." placeholder:"TEXT" env:"USHER_TOKEN"`
	Login        string `help:"In place of the token: the login of a supervisor of the site." placeholder:"NAME"`
	PasswordFile string `help:"The supervisor's password stands in this file; - is the standard input." placeholder:"FILE"`
	JSON         bool   `help:"Print JSON, as the server answers it."`

	basic    string        // the supervisor's password
	asked    bool          // the credentials are known
	patience time.Duration // for an answer; 0 means callFor
}

// sign finds the credentials, and the server of a ready file.
func (a *administration) sign(p *process) error {
	if a.asked {
		return nil
	}
	known, err := a.readyFile()
	if err != nil {
		return err
	}
	switch {
	case a.Login != "" && a.PasswordFile != "":
		if a.basic, err = readPassword(p, a.PasswordFile); err != nil {
			return err
		}
	case a.Login != "":
		if a.basic = a.knownPassword(known); a.basic == "" {
			return usageError("--login needs --password-file")
		}
	case a.PasswordFile != "":
		return usageError("--password-file needs --login")
	case a.Token == "" && known.AdminToken == "":
		return usageError("administration needs --token, --login with --password-file, or --ready-file")
	case a.Token == "":
		a.Token = known.AdminToken
	}
	a.asked = true
	return nil
}

// readyFile reads the ready file, if one was named, and takes the server from it.
// The site may have been made after it was written.
func (a *administration) readyFile() (known sites.Ready, err error) {
	if a.ReadyFile == "" {
		return known, nil
	}
	b, err := os.ReadFile(a.ReadyFile)
	if err != nil {
		return known, usageError(fmt.Sprintf("the ready file cannot be read: %v", err))
	}
	if err := json.Unmarshal(b, &known); err != nil {
		return known, usageError(fmt.Sprintf("%s is no ready file: %v", a.ReadyFile, err))
	}
	a.Server = known.URL
	if a.Site == "" && len(known.Sites) > 0 {
		a.Site = known.Sites[0].Site
	}
	return known, nil
}

func (a *administration) knownPassword(known sites.Ready) string {
	for _, s := range known.Sites {
		for _, x := range s.Accounts {
			if s.Site == a.Site && x.Login == a.Login {
				return x.Password
			}
		}
	}
	return ""
}

// readPassword reads a password from a file, less the end of its line.
func readPassword(p *process, file string) (string, error) {
	b, err := readFile(p, file)
	if err != nil {
		return "", err
	}
	password := strings.TrimRight(string(b), "\r\n")
	if password == "" {
		return "", usageError(fmt.Sprintf("the password file %s is empty", file))
	}
	return password, nil
}

// readFile reads a file that a flag names; - is the standard input.
func readFile(p *process, file string) ([]byte, error) {
	var b []byte
	var err error
	if file == "-" {
		b, err = io.ReadAll(p.stdin)
	} else {
		b, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, usageError(fmt.Sprintf("a file cannot be read: %v", err))
	}
	return b, nil
}

// at answers the path of something at the site. Without --site it is the only site
// there is, or the demo.
func (a *administration) at(p *process, parts ...string) (string, error) {
	if err := a.sign(p); err != nil {
		return "", err
	}
	if a.Site == "" {
		if a.Login != "" {
			return "", usageError("--login needs --site: a supervisor belongs to one site")
		}
		var err error
		if a.Site, err = a.onlySite(p); err != nil {
			return "", err
		}
	}
	return sitePath(a.Site, parts...), nil
}

const allSites = "/usher/admin/v1/sites"

func sitePath(site string, parts ...string) string {
	path := allSites + "/" + url.PathEscape(site)
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func (a *administration) onlySite(p *process) (string, error) {
	b, err := a.call(p, http.MethodGet, allSites, nil)
	if err != nil {
		return "", err
	}
	var all sites.Sites
	if err := json.Unmarshal(b, &all); err != nil {
		return "", fmt.Errorf("read the list of sites: %w", err)
	}
	var names []string
	for _, s := range all.Sites {
		names = append(names, s.Site)
	}
	switch {
	case len(names) == 0:
		return "", usageError("there is no site yet: make one with usher site add NAME")
	case len(names) == 1:
		return names[0], nil
	case slices.Contains(names, "demo"):
		return "demo", nil
	}
	return "", usageError("say --site: there are " + strings.Join(names, ", "))
}

// call carries a call out and answers its body. A refusal is a *client.Error.
func (a *administration) call(p *process, method, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(p.ctx, cmp.Or(a.patience, callFor))
	defer cancel()
	answer, err := a.send(ctx, p, method, path, body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", a.Server, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, refusal(answer.StatusCode, b)
	}
	return b, nil
}

// send carries a call out, and leaves its answer to be read.
func (a *administration) send(ctx context.Context, p *process, method, path string, body []byte) (*http.Response, error) {
	if err := a.sign(p); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(a.Server, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, usageError(fmt.Sprintf("--server %q: %v", a.Server, err))
	}
	r.Header.Set("Content-Type", "application/json")
	if a.Login != "" {
		r.SetBasicAuth(a.Login, a.basic)
	} else {
		r.Header.Set("Authorization", "Bearer "+a.Token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no server answers at %s: start one with usher serve: %w", a.Server, err)
	}
	return answer, nil
}

// refusal reads the body of an error.
func refusal(status int, body []byte) error {
	var e agent.ErrorBody
	if json.Unmarshal(body, &e) != nil || e.Message == "" {
		e.Message = "the server says no more: is there an usher at this address?"
	}
	return &client.Error{Status: status, Code: e.ExceptionCode, Message: printable(e.Message)}
}

// missing reports whether a call was refused because what it names is not there.
func missing(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Status == http.StatusNotFound
}

// pages reads a long list page by page and answers it as if it were one. list is
// the member that holds it, and key the one of its entries to go on after.
func (a *administration) pages(p *process, path, list, key string) ([]byte, error) {
	var all api.List[json.RawMessage]
	for after := json.Number("0"); ; {
		b, err := a.call(p, http.MethodGet, path+"?after="+after.String(), nil)
		if err != nil {
			return nil, err
		}
		o, err := readObject(b)
		if err != nil {
			return nil, fmt.Errorf("read the answer of %s: %w", a.Server, err)
		}
		var page []json.RawMessage
		if err := json.Unmarshal(o.get(list), &page); err != nil {
			return nil, fmt.Errorf("read the answer of %s: %s: %w", a.Server, list, err)
		}
		all = append(all, page...)
		if more, _ := strconv.ParseBool(string(o.get("more"))); !more || len(page) == 0 {
			o.set(list, encode(all))
			return encode(o), nil
		}
		last, err := readObject(page[len(page)-1])
		if err != nil {
			return nil, fmt.Errorf("read the answer of %s: %w", a.Server, err)
		}
		next := json.Number(last.get(key))
		if next == after || next == "" {
			return nil, fmt.Errorf("read the answer of %s: it says that there is more, and not where", a.Server)
		}
		after = next
	}
}
