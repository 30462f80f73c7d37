package rest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// maxDepth bounds how deep a request's values may be nested: no operation has
// more than three levels.
const maxDepth = 64

// member is one name and value of a JSON object. Both are parts of the body.
type member struct {
	name  []byte // unquoted
	value []byte
}

var (
	errEnds = errors.New("it ends too early")
	errDeep = fmt.Errorf("it is nested deeper than %d levels", maxDepth)
)

// members splits a JSON object into its members. It accepts what encoding/json
// accepts (a fuzz test compares them), up to maxDepth. It builds nothing and does
// not recurse: a retrieval is parked on the stack that read it, and ten thousand
// of them should not keep the stack that encoding/json needs.
func members(b []byte) ([]member, error) {
	s := scanner{b: b}
	s.space()
	if s.at() != '{' {
		return nil, s.notObject()
	}
	s.i++
	s.space()
	var ms []member
	if s.at() == '}' {
		s.i++
	} else {
		for {
			name, err := s.key()
			if err != nil {
				return nil, err
			}
			s.space()
			start := s.i
			if err := s.value(); err != nil {
				return nil, err
			}
			ms = append(ms, member{name: name, value: b[start:s.i]})
			s.space()
			if s.at() == '}' {
				s.i++
				break
			}
			if s.at() != ',' {
				return nil, s.unexpected("a comma or }")
			}
			s.i++
			s.space()
		}
	}
	s.space()
	if s.i < len(b) {
		return nil, s.unexpected("nothing more")
	}
	return ms, nil
}

var errNoList = errors.New("it is no array")

// elements splits a JSON array that is part of a body into its entries, which are
// parts of the body too.
func elements(b []byte) ([][]byte, error) {
	s := scanner{b: b}
	if s.at() != '[' {
		return nil, errNoList
	}
	s.i++
	s.space()
	var es [][]byte
	if s.at() == ']' {
		s.i++
	} else {
		for {
			start := s.i
			if err := s.value(); err != nil {
				return nil, err
			}
			es = append(es, b[start:s.i])
			s.space()
			if s.at() == ']' {
				s.i++
				break
			}
			if s.at() != ',' {
				return nil, s.unexpected("a comma or ]")
			}
			s.i++
			s.space()
		}
	}
	if s.i < len(b) {
		return nil, s.unexpected("nothing more")
	}
	return es, nil
}

// scanner walks over JSON text.
type scanner struct {
	b []byte
	i int
}

// at answers the byte here, 0 at the end.
func (s *scanner) at() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

func (s *scanner) unexpected(want string) error {
	if s.i >= len(s.b) {
		return errEnds
	}
	return fmt.Errorf("%q at byte %d where %s is expected", s.b[s.i], s.i, want)
}

// notObject says what stands in an object's place.
func (s *scanner) notObject() error {
	start := s.i
	if s.value() != nil {
		s.i = start
		return s.unexpected("{")
	}
	return errors.New("got " + describe(s.b[start:s.i]))
}

// key reads a member's name and its colon.
func (s *scanner) key() ([]byte, error) {
	start := s.i
	if s.at() != '"' {
		return nil, s.unexpected("a name in quotes")
	}
	if err := s.text(); err != nil {
		return nil, err
	}
	name := s.b[start+1 : s.i-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(s.b[start:s.i]))
	}
	s.space()
	if s.at() != ':' {
		return nil, s.unexpected("a colon")
	}
	s.i++
	return name, nil
}

// value passes over one value, however it is nested.
func (s *scanner) value() error {
	var ends [maxDepth]byte // what closes each level that is open
	depth := 0
	for {
		s.space()
		c := s.at()
		switch {
		case c == '{' || c == '[':
			if depth == maxDepth {
				return errDeep
			}
			ends[depth] = c + 2 // } and ] stand two after { and [
			depth++
			s.i++
			s.space()
			if s.at() == ends[depth-1] {
				s.i++
				depth--
				break
			}
			if c == '{' {
				if _, err := s.key(); err != nil {
					return err
				}
			}
			continue
		case c == '"':
			if err := s.text(); err != nil {
				return err
			}
		case c == '-' || '0' <= c && c <= '9':
			if err := s.number(); err != nil {
				return err
			}
		default:
			if err := s.word(); err != nil {
				return err
			}
		}
		more, err := s.after(&ends, &depth)
		if err != nil || !more {
			return err
		}
	}
}

// after goes on behind a value: past the ends of levels, to where the next value
// begins. It answers false when the outermost value is over.
func (s *scanner) after(ends *[maxDepth]byte, depth *int) (bool, error) {
	for *depth > 0 {
		s.space()
		end := ends[*depth-1]
		switch s.at() {
		case end:
			s.i++
			*depth--
		case ',':
			s.i++
			s.space()
			if end == '}' {
				if _, err := s.key(); err != nil {
					return false, err
				}
			}
			return true, nil
		default:
			return false, s.unexpected("a comma or the end of the list")
		}
	}
	return false, nil
}

// text passes over a text in quotes.
func (s *scanner) text() error {
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return nil
		case c < 0x20:
			return s.unexpected("a character that is no control character")
		case c == '\\':
			s.i++
			switch s.at() {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for range 4 {
					s.i++
					if strings.IndexByte("0123456789abcdefABCDEF", s.at()) < 0 || s.i >= len(s.b) {
						return s.unexpected("a hexadecimal digit")
					}
				}
			default:
				return s.unexpected("an escape")
			}
		}
	}
	return errEnds
}

// number passes over a number.
func (s *scanner) number() error {
	if s.at() == '-' {
		s.i++
	}
	if s.at() == '0' {
		s.i++
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.at() == '.' {
		s.i++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.i++
		if c := s.at(); c == '+' || c == '-' {
			s.i++
		}
		return s.digits()
	}
	return nil
}

func (s *scanner) digits() error {
	start := s.i
	for '0' <= s.at() && s.at() <= '9' {
		s.i++
	}
	if s.i == start {
		return s.unexpected("a digit")
	}
	return nil
}

// word passes over true, false or null.
func (s *scanner) word() error {
	for _, w := range [...]string{"true", "false", "null"} {
		if rest := s.b[s.i:]; len(rest) >= len(w) && string(rest[:len(w)]) == w {
			s.i += len(w)
			return nil
		}
	}
	return s.unexpected("a value")
}
