package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"usher/api/openapi"
)

// Operation is a documented operation.
type Operation struct {
	ID, Method string
	// Path is its template, such as /readyz or /engagement/api/agent/{site}/v1/logoff.
	Path string

	// asServed judges requests: what is not documented is ignored. exact judges
	// answers: what is not documented is wrong.
	asServed, exact *openapi3.Operation
	parameters      openapi3.Parameters
	security        openapi3.SecurityRequirements
	schemes         openapi3.SecuritySchemes
}

// Operations answers every operation of the OpenAPI documents, in their order by
// path. It reads them once.
var Operations = sync.OnceValue(func() []*Operation {
	var all []*Operation
	for _, name := range openapi.Names() {
		document, _ := openapi.JSON(name)
		found, err := operations(document)
		if err != nil {
			panic(fmt.Sprintf("testkit: read %s.yaml: %v", name, err))
		}
		all = append(all, found...)
	}
	return all
})

func operations(document []byte) ([]*Operation, error) {
	asServed, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, err
	}
	strict, err := exactly(document)
	if err != nil {
		return nil, err
	}
	exact, err := openapi3.NewLoader().LoadFromData(strict)
	if err != nil {
		return nil, err
	}
	var all []*Operation
	for _, path := range asServed.Paths.InMatchingOrder() {
		item := asServed.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			op := item.GetOperation(method)
			o := &Operation{
				ID: op.OperationID, Method: method, Path: path, asServed: op, exact: exact.Paths.Value(path).GetOperation(method),
				parameters: slices.Concat(item.Parameters, op.Parameters), security: asServed.Security, schemes: asServed.Components.SecuritySchemes,
			}
			if op.Security != nil {
				o.security = *op.Security
			}
			all = append(all, o)
		}
	}
	return all, nil
}

// Example answers a path of the operation, made of its parameters' examples.
func (o *Operation) Example() string {
	path := o.Path
	for _, p := range o.parameters {
		if p.Value.In == openapi3.ParameterInPath {
			path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", url.PathEscape(fmt.Sprint(p.Value.Example)))
		}
	}
	return path
}

// Match reports whether a path is one of the operation's, and what stands in the
// places of its parameters.
func (o *Operation) Match(u *url.URL) (parameters map[string]string, ok bool) {
	want, got := strings.Split(o.Path, "/"), strings.Split(u.EscapedPath(), "/")
	if len(want) != len(got) {
		return nil, false
	}
	parameters = make(map[string]string)
	for i, w := range want {
		value, err := url.PathUnescape(got[i])
		if err != nil {
			return nil, false
		}
		switch name, templated := strings.CutPrefix(w, "{"); {
		case templated && value != "":
			parameters[strings.TrimSuffix(name, "}")] = value
		case w != value:
			return nil, false
		}
	}
	return parameters, true
}

// find answers the operation of a request. Without one, it answers those that are
// documented at its path for other methods.
func find(method string, u *url.URL) (o *Operation, parameters map[string]string, others []*Operation) {
	for _, candidate := range Operations() {
		p, ok := candidate.Match(u)
		switch {
		case !ok:
		case candidate.Method != method:
			others = append(others, candidate)
		case o == nil || len(p) < len(parameters): // what is literal comes before what is templated
			o, parameters = candidate, p
		}
	}
	return o, parameters, others
}

// exactly answers a document in which objects have no members but those that are
// documented. An allOf becomes one object for that, since each of its parts would
// refuse the others' members.
func exactly(document []byte) ([]byte, error) {
	var root map[string]any
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		return nil, err
	}
	e := exacter{schemas: root["components"].(map[string]any)["schemas"].(map[string]any)}
	if err := e.close(root); err != nil {
		return nil, err
	}
	return json.Marshal(root)
}

type exacter struct{ schemas map[string]any }

// close walks through a document and closes its objects.
func (e exacter) close(v any) error {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if err := e.close(x); err != nil {
				return err
			}
		}
	case map[string]any:
		if err := e.closeObject(v); err != nil {
			return err
		}
		for name, x := range v {
			if name == "example" || name == "examples" {
				continue
			}
			if err := e.close(x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e exacter) closeObject(v map[string]any) error {
	if _, ok := v["allOf"].([]any); ok {
		properties, required, err := e.flat(v)
		if err != nil {
			return err
		}
		delete(v, "allOf")
		v["type"], v["properties"], v["required"] = "object", properties, required
	}
	properties, _ := v["properties"].(map[string]any)
	if _, said := v["additionalProperties"]; !said && (properties != nil || v["type"] == "object") {
		v["additionalProperties"] = false
	}
	return nil
}

// flat answers the members of a schema and of all that it is made of.
func (e exacter) flat(schema map[string]any) (properties map[string]any, required []any, err error) {
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		target, ok := e.schemas[name].(map[string]any)
		if !ok {
			return nil, nil, fmt.Errorf("there is no schema %s", ref)
		}
		return e.flat(target)
	}
	properties = make(map[string]any)
	if own, ok := schema["properties"].(map[string]any); ok {
		maps.Copy(properties, own)
	}
	own, _ := schema["required"].([]any)
	required = append(required, own...)
	parts, _ := schema["allOf"].([]any)
	for _, part := range parts {
		p, r, err := e.flat(part.(map[string]any))
		if err != nil {
			return nil, nil, err
		}
		for name, x := range p {
			if _, twice := properties[name]; twice {
				return nil, nil, fmt.Errorf("%s stands twice in an allOf", name)
			}
			properties[name] = x
		}
		required = append(required, r...)
	}
	return properties, required, nil
}
