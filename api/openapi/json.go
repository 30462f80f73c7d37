package openapi

import (
	"bytes"
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// encode writes plain nodes as JSON. Members keep the order in which people wrote
// them, which a map would lose.
func encode(n *yaml.Node) []byte {
	var b bytes.Buffer
	write(&b, n)
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", " "); err != nil {
		panic("openapi: " + err.Error()) // a number that JSON has not, such as 0x1
	}
	indented.WriteByte('\n')
	return indented.Bytes()
}

func write(b *bytes.Buffer, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i, p := range pairs(n) {
			b.WriteByte("{,"[min(i, 1)])
			quote(b, p.name)
			b.WriteByte(':')
			write(b, p.value)
		}
		if len(n.Content) == 0 {
			b.WriteByte('{')
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		for i, c := range n.Content {
			b.WriteByte("[,"[min(i, 1)])
			write(b, c)
		}
		if len(n.Content) == 0 {
			b.WriteByte('[')
		}
		b.WriteByte(']')
	default:
		switch n.Tag {
		case "!!null":
			b.WriteString("null")
		case "!!bool", "!!int", "!!float":
			b.WriteString(n.Value)
		default:
			quote(b, n.Value)
		}
	}
}

func quote(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("openapi: " + err.Error()) // a string can always be written
	}
	b.Truncate(b.Len() - 1) // the line feed
}
