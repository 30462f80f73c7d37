package api

import (
	"bytes"
	"encoding/json"
)

// List is a JSON array that is never null: a nil List is written as [].
type List[T any] []T

// MarshalJSON writes the list as an array. Whether HTML is escaped is left to
// the encoder that it is part of.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode([]T(l)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
