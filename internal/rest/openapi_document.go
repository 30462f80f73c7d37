package rest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// apiDocument is what the page shows of an OpenAPI document.
type apiDocument struct {
	Info       struct{ Title, Summary, Description string }
	Tags       []struct{ Name, Description string }
	Security   []ordered[[]string]
	Paths      ordered[apiPath]
	Components struct {
		Schemas         ordered[*apiSchema]
		Responses       ordered[*apiResponse]
		Parameters      ordered[*apiParameter]
		Headers         ordered[*apiParameter]
		SecuritySchemes ordered[*apiScheme]
	}
}

type apiPath struct {
	Parameters                                   []*apiParameter
	Get, Head, Put, Post, Patch, Delete, Options *apiOperation
}

// operations answers those that the path has, with their methods.
func (p apiPath) operations() ordered[*apiOperation] {
	all := ordered[*apiOperation]{
		{"GET", p.Get}, {"HEAD", p.Head}, {"PUT", p.Put}, {"POST", p.Post}, {"PATCH", p.Patch}, {"DELETE", p.Delete}, {"OPTIONS", p.Options},
	}
	return slices.DeleteFunc(all, func(o entry[*apiOperation]) bool { return o.Value == nil })
}

type apiOperation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Security                          *[]ordered[[]string]
	Parameters                        []*apiParameter
	RequestBody                       *struct {
		Description string
		Required    bool
		Content     ordered[apiMedia]
	}
	Responses ordered[*apiResponse]
}

// apiParameter is a parameter, or a header of an answer.
type apiParameter struct {
	Ref                   string `json:"$ref"`
	Name, In, Description string
	Required              bool
	Schema                *apiSchema
	Content               ordered[apiMedia]
}

type apiResponse struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     ordered[*apiParameter]
	Content     ordered[apiMedia]
}

type apiMedia struct {
	Schema  *apiSchema
	Example json.RawMessage
}

type apiScheme struct {
	Ref                             string `json:"$ref"`
	Type, Scheme, Name, Description string
}

type apiSchema struct {
	Ref                            string `json:"$ref"`
	Type                           words
	Format, Description            string
	Enum                           []any
	Default                        any
	Minimum, Maximum               json.Number
	MinLength, MaxLength, MaxItems json.Number
	Items                          *apiSchema
	Properties                     ordered[*apiSchema]
	Required                       []string
	AllOf, AnyOf, OneOf            []*apiSchema
	AdditionalProperties           json.RawMessage
}

// words is a text, or several.
type words []string

// UnmarshalJSON reads both forms.
func (w *words) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(w))
	}
	*w = make(words, 1)
	return json.Unmarshal(b, &(*w)[0])
}

// ordered is an object whose members keep their order, which the page shows.
type ordered[T any] []entry[T]

type entry[T any] struct {
	Name  string
	Value T
}

// UnmarshalJSON reads an object.
func (o *ordered[T]) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		e := entry[T]{Name: name.(string)}
		if err := d.Decode(&e.Value); err != nil {
			return err
		}
		*o = append(*o, e)
	}
	return nil
}

// get answers a member's value, the zero value when there is none.
func (o ordered[T]) get(name string) (value T) {
	for _, e := range o {
		if e.Name == name {
			return e.Value
		}
	}
	return value
}

// refName answers which component a reference names.
func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }
