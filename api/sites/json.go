package sites

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Text is a text in a request. It also accepts a JSON number or boolean, whose
// literal it then is: clients of the visitor API send both.
type Text string

// UnmarshalJSON reads a string, a number or a boolean; null leaves t alone.
func (t *Text) UnmarshalJSON(data []byte) error {
	switch data[0] {
	case 'n':
		return nil
	case '"':
		return json.Unmarshal(data, (*string)(t))
	case '{', '[':
		return fmt.Errorf("%s stands where a text is wanted", kind(data))
	}
	*t = Text(data)
	return nil
}

// Number is a whole number in a request. It also accepts the digits as a
// string, and "" as 0: clients of the visitor API send both.
type Number int64

// UnmarshalJSON reads a number or a string of digits; null leaves n alone.
func (n *Number) UnmarshalJSON(data []byte) error {
	digits := string(data)
	switch data[0] {
	case 'n':
		return nil
	case '"':
		if err := json.Unmarshal(data, &digits); err != nil {
			return err
		}
		if digits = strings.TrimSpace(digits); digits == "" {
			digits = "0"
		}
	case '{', '[', 't', 'f':
		return fmt.Errorf("%s stands where a whole number is wanted", kind(data))
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return fmt.Errorf("%.40q stands where a whole number of 64 bits is wanted", digits)
	}
	*n = Number(v)
	return nil
}

// Words is a list of words in a request. It also accepts a single string, and
// objects whose member type is the word.
type Words []string

// UnmarshalJSON reads a string or a list of strings or objects; null leaves w alone.
func (w *Words) UnmarshalJSON(data []byte) error {
	var items []json.RawMessage
	switch data[0] {
	case 'n':
		return nil
	case '[':
		if err := json.Unmarshal(data, &items); err != nil {
			return err
		}
	default:
		items = []json.RawMessage{data}
	}
	words := make(Words, 0, len(items))
	for _, item := range items {
		word := struct {
			Type Text `json:"type"`
		}{}
		var target any = &word.Type
		if item[0] == '{' {
			target = &word
		}
		if err := json.Unmarshal(item, target); err != nil {
			return err
		}
		if word.Type != "" {
			words = append(words, string(word.Type))
		}
	}
	*w = words
	return nil
}

// kind names what a JSON value is, for error messages.
func kind(data []byte) string {
	switch data[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	}
	return "a boolean"
}
