package openapi

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// anchors is the member that holds what a file names for itself. It is left out.
const anchors = "x-anchors"

// read parses a file into plain nodes: without anchors, aliases and merges.
func read(b []byte) (*yaml.Node, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(b, &file); err != nil {
		return nil, err
	}
	root := file.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == anchors {
			root.Content = slices.Delete(root.Content, i, i+2)
			break
		}
	}
	return plain(root)
}

// plain answers a copy of a node in which every alias is what it stands for, and
// every merge is done: a member of its own beats a merged one.
func plain(n *yaml.Node) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		return plain(n.Alias)
	}
	out := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value, Line: n.Line}
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			p, err := plain(c)
			if err != nil {
				return nil, err
			}
			out.Content = append(out.Content, p)
		}
		return out, nil
	}
	own := make(map[string]bool)
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if own[key.Value] {
			return nil, fmt.Errorf("line %d: %s stands twice", key.Line, key.Value)
		}
		own[key.Value] = true
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		value, err := plain(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		if key.ShortTag() != "!!merge" {
			out.Content = append(out.Content, text(key.Value), value)
			continue
		}
		for _, m := range pairs(value) {
			if !own[m.name] {
				out.Content = append(out.Content, text(m.name), m.value)
			}
		}
	}
	return out, nil
}

func text(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// member answers the value of an object's member, nil when there is none.
func member(n *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// child answers an object's member that is an object, and makes it if it is not there.
func child(n *yaml.Node, name string) *yaml.Node {
	if c := member(n, name); c != nil {
		return c
	}
	c := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	n.Content = append(n.Content, text(name), c)
	return c
}

type pair struct {
	name  string
	value *yaml.Node
}

// pairs answers an object's members, in their order.
func pairs(n *yaml.Node) []pair {
	var all []pair
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, pair{n.Content[i].Value, n.Content[i+1]})
	}
	return all
}
