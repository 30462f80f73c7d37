package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestWireTypes: the golden files of the wire types, which programs elsewhere are
// written with, are what the documents say, down to the last member; also those
// that the server does not send now.
func TestWireTypes(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, contract := range []string{"agent", "consumer"} {
		files, err := filepath.Glob("../../api/" + contract + "/testdata/*/*.json")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			value, err := decode(b)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			schema := golden(t, contract, filepath.Base(filepath.Dir(file)), strings.TrimSuffix(filepath.Base(file), ".json"))
			if schema == nil {
				t.Errorf("%s: no document has it", file)
				continue
			}
			if err := schema.Value.VisitJSON(value, brief...); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			seen++
		}
	}
	if seen < 40 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// golden answers the schema of a golden file, nil when there is none. A file is named
// by its operation's id, or by the last part of a path.
func golden(t *testing.T, contract, kind, name string) *openapi3.SchemaRef {
	t.Helper()
	operation, status := name, 200
	switch {
	case kind == "message":
		operation = "getMessages"
	case name == "error":
		operation, status = "getMessages", 400
	}
	for _, o := range Operations() {
		named := o.ID == operation || o.Method == "POST" && strings.HasSuffix(o.Path, "/"+operation)
		if !named || !strings.Contains(o.Path, "/"+contract+"/{site}/") {
			continue
		}
		if kind == "request" {
			if o.exact.RequestBody == nil {
				continue // the same by GET
			}
			return o.exact.RequestBody.Value.Content["application/json"].Schema
		}
		answer := o.exact.Responses.Status(status).Value.Content["application/json"].Schema
		if kind != "message" {
			return answer
		}
		for _, batch := range []string{"getResponseTypes", "systemMessages"} {
			if messages := answer.Value.Properties[batch]; messages != nil {
				return messages.Value.Items
			}
		}
	}
	return nil
}
