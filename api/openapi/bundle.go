package openapi

import (
	"cmp"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// reference is how one part of a document names another, perhaps in another file.
var reference = regexp.MustCompile(`^(?:([a-z]+)\.yaml)?#/components/([A-Za-z]+)/([A-Za-z0-9]+)$`)

// bundle answers a document that is complete in itself: components that it refers
// to in other files are copied into it, and theirs.
func bundle(sources map[string]*yaml.Node, name string) (*yaml.Node, error) {
	document, err := plain(sources[name])
	if err != nil {
		return nil, err
	}
	b := bundler{sources: sources, document: document, from: make(map[string]string)}
	for _, kind := range pairs(child(document, "components")) {
		for _, c := range pairs(kind.value) {
			b.from[kind.name+"/"+c.name] = name
		}
	}
	if err := b.resolve(document, name); err != nil {
		return nil, err
	}
	return document, nil
}

type bundler struct {
	sources  map[string]*yaml.Node
	document *yaml.Node
	from     map[string]string // component, as kind/name → the file that it is from
}

// resolve makes every reference in a part local to the document. file is where
// the part is from.
func (b *bundler) resolve(part *yaml.Node, file string) error {
	for _, n := range scalars(part) { // listed first, since the components grow meanwhile
		if m := reference.FindStringSubmatch(n.Value); m != nil {
			from, kind, name := cmp.Or(m[1], file), m[2], m[3]
			n.Value = "#/components/" + kind + "/" + name
			if err := b.take(from, kind, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func scalars(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	var all []*yaml.Node
	for _, c := range n.Content {
		all = append(all, scalars(c)...)
	}
	return all
}

// take copies a component into the document, unless it is there.
func (b *bundler) take(file, kind, name string) error {
	key := kind + "/" + name
	if from, there := b.from[key]; there {
		if from != file {
			return fmt.Errorf("%s is meant of %s.yaml and of %s.yaml: give one another name", key, from, file)
		}
		return nil
	}
	if b.sources[file] == nil {
		return fmt.Errorf("%s: there is no %s.yaml", key, file)
	}
	source := member(child(child(b.sources[file], "components"), kind), name)
	if source == nil {
		return fmt.Errorf("there is no %s in %s.yaml", key, file)
	}
	part, err := plain(source)
	if err != nil {
		return err
	}
	b.from[key] = file
	all := child(child(b.document, "components"), kind)
	all.Content = append(all.Content, text(name), part)
	return b.resolve(part, file)
}
