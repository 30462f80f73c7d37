package openapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// TestDocuments: each is valid OpenAPI 3.1 that is complete in itself, its
// examples fit their schemas, and everything in it is described.
func TestDocuments(t *testing.T) {
	t.Parallel()
	ids := make(map[string]string)
	for _, name := range Names() {
		document, ok := JSON(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		doc, err := openapi3.NewLoader().LoadFromData(document) // refuses references to other files
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := doc.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
			t.Errorf("%s is of OpenAPI %s", name, doc.OpenAPI)
		}
		for path, item := range doc.Paths.Map() {
			for method, op := range item.Operations() {
				if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || doc.Tags.Get(op.Tags[0]) == nil {
					t.Errorf("%s %s: expected a summary, a description, and one of the document's tags", method, path)
				}
				if before := ids[op.OperationID]; op.OperationID == "" || before != "" {
					t.Errorf("%s %s: the operationId %q is also that of %s", method, path, op.OperationID, before)
				}
				ids[op.OperationID] = method + " " + path
			}
		}
		for schema, ref := range doc.Components.Schemas {
			described(t, name+": "+schema, ref)
			if ref.Value.Description == "" {
				t.Errorf("%s: schema %s has no description", name, schema)
			}
		}
	}
	if len(ids) < 30 {
		t.Errorf("only %d operations were looked at", len(ids))
	}
	if _, ok := JSON("common"); ok {
		t.Error("what documents share is served as a document")
	}
}

// described checks that every member of a schema says what it means.
func described(t *testing.T, where string, ref *openapi3.SchemaRef) {
	t.Helper()
	for name, p := range ref.Value.Properties {
		if p.Value.Description == "" {
			t.Errorf("%s: %s has no description", where, name)
		}
		if p.Ref == "" {
			described(t, where+"."+name, p)
		}
	}
	for _, part := range ref.Value.AllOf {
		if part.Ref == "" {
			described(t, where, part)
		}
	}
	if items := ref.Value.Items; items != nil && items.Ref == "" {
		described(t, where+"[]", items)
	}
}

// TestOrder: a document's members stand in the order in which people wrote them.
func TestOrder(t *testing.T) {
	t.Parallel()
	n, err := read([]byte("x-anchors: [&a {two: 2, three: 3}]\nz: {<<: *a, one: 1, three: \"x\"}\na: [null, true, 1.5, \"1\", {}, []]\n"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"z":{"two":2,"one":1,"three":"x"},"a":[null,true,1.5,"1",{},[]]}`
	var got strings.Builder
	for line := range strings.Lines(string(encode(n))) {
		got.WriteString(strings.TrimSpace(line))
	}
	if g := strings.ReplaceAll(got.String(), `": `, `":`); g != want {
		t.Errorf("got %s, want %s", g, want)
	}
}

// TestBundle: what stands in other files is copied in, with what it needs itself;
// what cannot be meant is an error.
func TestBundle(t *testing.T) {
	t.Parallel()
	sources := make(map[string]*yaml.Node)
	for name, text := range map[string]string{
		"home":   `{paths: {$ref: "other.yaml#/components/schemas/A"}, components: {schemas: {H: {$ref: "#/components/schemas/H2"}, H2: {type: object}}}}`,
		"other":  `{components: {schemas: {A: {items: {$ref: "#/components/schemas/B"}}, B: {x: {$ref: "#/components/schemas/A"}}, C: {}}}}`,
		"lost":   `{paths: {$ref: "other.yaml#/components/schemas/D"}}`,
		"nofile": `{paths: {$ref: "nowhere.yaml#/components/schemas/D"}}`,
		"twice":  `{paths: {$ref: "other.yaml#/components/schemas/A"}, components: {schemas: {B: {}}}}`,
	} {
		n, err := read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = n
	}
	n, err := bundle(sources, "home")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Paths      map[string]string
		Components struct{ Schemas map[string]json.RawMessage }
	}
	if err := json.Unmarshal(encode(n), &got); err != nil {
		t.Fatal(err)
	}
	if got.Paths["$ref"] != "#/components/schemas/A" || len(got.Components.Schemas) != 4 || got.Components.Schemas["B"] == nil {
		t.Errorf("got %+v", got)
	}
	for _, name := range []string{"lost", "nofile", "twice"} {
		if _, err := bundle(sources, name); err == nil {
			t.Errorf("%s is bundled", name)
		}
	}
	if _, err := read([]byte("a: 1\na: 2\n")); err == nil {
		t.Error("a member that stands twice is read")
	}
}
