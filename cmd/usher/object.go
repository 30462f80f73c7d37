package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// object is a JSON object that keeps the order of its members.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

func readObject(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	o := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		o.set(name.(string), value) // in an object a name comes first
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	return o, nil
}

// get answers a member's value, nil when there is none.
func (o object) get(name string) json.RawMessage {
	if i := slices.IndexFunc(o, func(m member) bool { return m.name == name }); i >= 0 {
		return o[i].value
	}
	return nil
}

// set changes a member, or adds it.
func (o *object) set(name string, value json.RawMessage) {
	if i := slices.IndexFunc(*o, func(m member) bool { return m.name == name }); i >= 0 {
		(*o)[i].value = value
		return
	}
	*o = append(*o, member{name, value})
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, encode(m.name)...), ':'), m.value...)
	}
	return append(b, '}'), nil
}

// encode writes v as JSON without escaping HTML. What comes here can be written.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("usher: encode %T: %v", v, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// cell writes a value for people: texts as they are, lists with commas, objects as
// name=value.
func cell(value json.RawMessage) string {
	if o, err := readObject(value); err == nil {
		return pairs(o)
	}
	return word(value)
}

func pairs(o object) string {
	words := make([]string, len(o))
	for i, m := range o {
		words[i] = m.name + "=" + word(m.value)
	}
	return strings.Join(words, " ")
}

// word writes a value that stands among others.
func word(value json.RawMessage) string {
	var list []json.RawMessage
	var text string
	switch {
	case len(value) == 0 || value[0] == 'n':
		return ""
	case value[0] == '"' && json.Unmarshal(value, &text) == nil:
		return printable(text)
	case value[0] == '[' && json.Unmarshal(value, &list) == nil:
		words := make([]string, len(list))
		for i, v := range list {
			words[i] = word(v)
		}
		return strings.Join(words, ",")
	}
	if o, err := readObject(value); err == nil {
		return "(" + pairs(o) + ")"
	}
	return string(value)
}

// printable makes a text one line that cannot steer a terminal: it may be a
// stranger's.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
