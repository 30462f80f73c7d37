package scripts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// admin is the verb admin: METHOD, a path under /usher/admin/v1/, and a body.
func (s *story) admin(_ *testscript.TestScript, args []string) ([]string, error) {
	if len(args) < 2 || s.server == nil {
		return nil, errors.New("usage: admin METHOD PATH [JSON], with a server running")
	}
	var body []byte
	if len(args) > 2 {
		body = []byte(args[2])
	}
	header := http.Header{"Authorization": {"Bearer " + s.server.Ready.AdminToken}}
	answer, err := s.call(newHTTP(), args[0], "/usher/admin/v1/"+args[1], header, body)
	if err != nil {
		return nil, err
	}
	return []string{string(bytes.TrimSpace(answer.body))}, nil
}

// exits runs a program that must end with the exit code of its first argument.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, err := 0, ts.Exec(args[1], args[2:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got, err = e.ExitCode(), nil
	}
	ts.Check(err)
	if got != want {
		ts.Fatalf("the exit code is %d, and should be %d", got, want)
	}
}

// jsonMember is the verb json: it prints a member of a JSON file, by its path of
// names and numbers.
func (s *story) jsonMember(ts *testscript.TestScript, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, errors.New("usage: json FILE [MEMBER...]")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &v); err != nil {
		return nil, err
	}
	for _, name := range args[1:] {
		var ok bool
		switch x := v.(type) {
		case map[string]any:
			v, ok = x[name]
		case []any:
			if i, err := strconv.Atoi(name); err == nil && i < len(x) {
				v, ok = x[i], true
			}
		}
		if !ok {
			return nil, refusal{"no member " + name}
		}
	}
	out, err := json.Marshal(v)
	return []string{string(out)}, err
}

// mode is the verb mode: it prints a file's permissions in octal.
func (s *story) mode(ts *testscript.TestScript, args []string) ([]string, error) {
	if len(args) != 1 {
		return nil, errors.New("usage: mode FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("%04o", info.Mode().Perm())}, nil
}

// truncate is the verb truncate: it cuts a file off after so many bytes.
func (s *story) truncate(ts *testscript.TestScript, args []string) ([]string, error) {
	if len(args) != 2 {
		return nil, errors.New("usage: truncate FILE BYTES")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return nil, err
	}
	return nil, os.Truncate(ts.MkAbs(args[0]), n)
}
