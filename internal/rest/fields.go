package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"usher/internal/site"
)

// fields reads the members of a request's JSON object one by one. The first
// thing that is wrong is kept; reading goes on and answers zero values. Members
// that nobody asks for are ignored.
type fields struct {
	raw []member
	// lenient: values of another type are taken where they can be converted, as
	// the visitor contract asks (consumer-api 1.3).
	lenient bool
	// place goes before the members' names in errors: "week[2]." for those of a
	// list's third entry.
	place string
	err   error
}

// parse reads a request's body. An empty one is an empty object.
func parse(body []byte, lenient bool) *fields {
	f := &fields{lenient: lenient}
	if len(bytes.TrimSpace(body)) == 0 {
		return f
	}
	if !utf8.Valid(body) {
		f.fail(site.BadRequest, "the body is not valid UTF-8")
		return f
	}
	var err error
	if f.raw, err = members(body); err != nil {
		f.fail(site.BadRequest, "the body is not a JSON object: %v", err)
	}
	return f
}

// find answers a member's value, nil when it is absent. Of two the last counts.
func (f *fields) find(name string) []byte {
	for i := len(f.raw) - 1; i >= 0; i-- {
		if string(f.raw[i].name) == name {
			return f.raw[i].value
		}
	}
	return nil
}

// jsonTrouble says what is wrong with a body in words that a caller can use.
func jsonTrouble(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if t.Field != "" {
			return t.Field + ": got " + a(t.Value)
		}
		return "got " + a(t.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

func a(kind string) string {
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "o") {
		return "an " + kind
	}
	return "a " + kind
}

func (f *fields) fail(code site.Code, format string, args ...any) {
	if f.err == nil {
		f.err = &site.Error{Code: code, Message: fmt.Sprintf(format, args...)}
	}
}

// get answers a member's value, nil when it is absent or null.
func (f *fields) get(name string, required bool) []byte {
	v := f.find(name)
	if len(v) == 0 || v[0] == 'n' {
		if required {
			f.fail(site.BadRequest, "%s%s is missing", f.place, name)
		}
		return nil
	}
	return v
}

func (f *fields) wrong(name, expected string, got []byte) {
	f.fail(site.BadRequest, "%s%s: expected %s, got %s", f.place, name, expected, describe(got))
}

// describe names a value's type, and shows it when it is short.
func describe(v []byte) string {
	switch v[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a text"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	if len(v) <= 32 {
		return "the number " + string(v)
	}
	return "a number of " + strconv.Itoa(len(v)) + " digits"
}

func unquote(v []byte) string {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// text reads a text; leniently also a number or a boolean, as it is written.
func (f *fields) text(name string, required bool) string {
	v := f.get(name, required)
	switch {
	case v == nil:
		return ""
	case v[0] == '"':
		return unquote(v)
	case f.lenient && v[0] != '{' && v[0] != '[':
		return string(v)
	}
	f.wrong(name, "a text", v)
	return ""
}

// number reads a whole number of at most bits bits; leniently also its digits in
// a text. given is false when the member is absent.
func (f *fields) number(name string, required bool, bits int) (n int64, given bool) {
	v := f.get(name, required)
	if v == nil {
		return 0, false
	}
	digits := string(v)
	if f.lenient && v[0] == '"' {
		digits = strings.TrimSpace(unquote(v))
		if digits == "" && !required {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(digits, 10, bits)
	if err != nil {
		f.wrong(name, "a whole number of "+strconv.Itoa(bits)+" bits", v)
		return 0, false
	}
	return n, true
}

func (f *fields) int64(name string, required bool) int64 {
	n, _ := f.number(name, required, 64)
	return n
}

func (f *fields) int32(name string, required bool) int32 {
	n, _ := f.number(name, required, 32)
	return int32(n)
}

// boolean reads true or false; leniently also as a text, or 1 and 0.
func (f *fields) boolean(name string, required bool) bool {
	v := f.get(name, required)
	if v == nil {
		return false
	}
	word := string(v)
	if f.lenient && v[0] == '"' {
		word = strings.ToLower(strings.TrimSpace(unquote(v)))
	}
	switch {
	case word == "true" || f.lenient && word == "1":
		return true
	case word == "false" || f.lenient && (word == "0" || word == ""):
		return false
	}
	f.wrong(name, "true or false", v)
	return false
}

// pairs reads an object of texts.
func (f *fields) pairs(name string) map[string]string {
	v := f.get(name, false)
	if v == nil {
		return nil
	}
	all, err := members(v)
	if err != nil {
		f.wrong(name, "an object of texts", v)
		return nil
	}
	m := make(map[string]string, len(all))
	for i, x := range all {
		one := fields{raw: all[i : i+1], lenient: f.lenient}
		m[string(x.name)] = one.text(string(x.name), false)
		if one.err != nil {
			f.fail(site.BadRequest, "%s%s: expected an object of texts, got %s under %.40q", f.place, name, describe(x.value), x.name)
		}
	}
	return m
}

// enum reads one of a closed list of words. Absent and not required: "".
func enum[T ~string](f *fields, name string, required bool, allowed ...T) T {
	v := f.get(name, required)
	if v == nil {
		return ""
	}
	word := T(f.text(name, required))
	if f.err == nil && !slices.Contains(allowed, word) {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		f.fail(site.BadRequest, "%s%s: expected one of %s, got %.40q", f.place, name, strings.Join(words, ", "), string(word))
	}
	return word
}

// booleanOr reads true or false; standard is what it is when it is left out.
func (f *fields) booleanOr(name string, standard bool) bool {
	if f.get(name, false) == nil {
		return standard
	}
	return f.boolean(name, false)
}

// texts reads an array of texts.
func (f *fields) texts(name string) []string {
	return list[string](f, name, "a text", "an array of texts")
}

// numbers reads an array of whole numbers.
func (f *fields) numbers(name string) []int64 {
	return list[int64](f, name, "a whole number of 64 bits", "an array of whole numbers")
}

// list reads an array whose entries encoding/json takes for a T.
func list[T any](f *fields, name, one, all string) []T {
	v := f.get(name, false)
	if v == nil {
		return nil
	}
	entries, err := elements(v)
	if err != nil {
		f.wrong(name, all, v)
		return nil
	}
	l := make([]T, len(entries))
	for i, x := range entries {
		if json.Unmarshal(x, &l[i]) != nil {
			f.wrong(name+at(i), one, x)
			return nil
		}
	}
	return l
}

// each reads an array of objects, one after the other.
func (f *fields) each(name string, read func(x *fields)) {
	v := f.get(name, false)
	if v == nil {
		return
	}
	entries, err := elements(v)
	if err != nil {
		f.wrong(name, "an array of objects", v)
		return
	}
	for i, x := range entries {
		f.within(name+at(i), x, read)
	}
}

// object reads a member that is an object.
func (f *fields) object(name string, read func(x *fields)) {
	if v := f.get(name, false); v != nil {
		f.within(name, v, read)
	}
}

// within reads the members of an object that stands at some place. Their first
// error is f's.
func (f *fields) within(place string, v []byte, read func(x *fields)) {
	x := &fields{lenient: f.lenient, place: f.place + place + "."}
	var err error
	if x.raw, err = members(v); err != nil {
		f.wrong(place, "an object", v)
		return
	}
	read(x)
	if f.err == nil {
		f.err = x.err
	}
}

func at(i int) string { return "[" + strconv.Itoa(i) + "]" }
