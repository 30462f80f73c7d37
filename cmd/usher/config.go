package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// readConfig reads a configuration file: YAML whose keys are the flags' names.
// A flag beats the environment, which beats the file.
func readConfig(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	if err := yaml.NewDecoder(r).Decode(&values); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read the configuration file: %w", err)
	}
	return &configFile{values: values}, nil
}

type configFile struct{ values map[string]any }

// Validate refuses keys that are no flag: a misspelt one must not be passed over.
func (c *configFile) Validate(a *kong.Application) error {
	known := map[string]bool{}
	for _, command := range a.Children {
		for _, f := range command.Flags {
			known[f.Name] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.values)) {
		if !known[key] {
			return fmt.Errorf("configuration file: %q is not an option: its keys are the flags' names", key)
		}
	}
	return nil
}

// Resolve answers a flag's value in the file, nil when it has none or the
// environment has one.
func (c *configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Tag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	v, ok := c.values[flag.Name]
	if !ok {
		return nil, nil
	}
	if list, ok := v.([]any); ok {
		words := make([]string, len(list))
		for i, w := range list {
			words[i] = fmt.Sprint(w)
		}
		return strings.Join(words, ","), nil
	}
	return fmt.Sprint(v), nil
}
