// Package openapi holds the OpenAPI 3.1 documents of usher's HTTP APIs: agent,
// consumer (the visitors'), site (the bootstrap) and usher (its own). They are
// written in YAML for people and told in JSON to programs.
package openapi

import (
	"embed"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed *.yaml
var files embed.FS

// shared is what documents refer to; it is no document itself.
const shared = "common"

// Names answers the names of the documents, in the order in which they are read.
func Names() []string { return []string{"agent", "consumer", "site", "usher"} }

// JSON answers a document by its name, such as "agent". It is complete in itself:
// what the file refers to in another file stands in it. The bytes are shared and
// must not be changed. ok is false when there is no such document.
func JSON(name string) (document []byte, ok bool) {
	document, ok = documents()[name]
	return document, ok
}

// documents makes all of them, once. What fails here is a mistake in a file, which
// no caller can mend; this package's tests find it.
var documents = sync.OnceValue(func() map[string][]byte {
	sources := make(map[string]*yaml.Node)
	for _, name := range append(Names(), shared) {
		b, err := files.ReadFile(name + ".yaml")
		if err != nil {
			panic("openapi: " + err.Error())
		}
		if sources[name], err = read(b); err != nil {
			panic(fmt.Sprintf("openapi: %s.yaml: %v", name, err))
		}
	}
	made := make(map[string][]byte)
	for _, name := range Names() {
		document, err := bundle(sources, name)
		if err != nil {
			panic(fmt.Sprintf("openapi: %s.yaml: %v", name, err))
		}
		made[name] = encode(document)
	}
	return made
})
