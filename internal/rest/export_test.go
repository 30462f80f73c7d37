package rest

import (
	"reflect"
	"slices"
)

// Routes answers the patterns of all paths that are served. A mux does not list
// them, so they are taken from its insides; a newer Go that keeps them elsewhere
// makes the tests fail, and not pass.
func Routes() []string {
	mux := new(Server).routes("a key")
	index := reflect.ValueOf(mux).Elem().FieldByName("index")
	var patterns []string
	add := func(list reflect.Value) {
		for _, p := range list.Seq2() {
			patterns = append(patterns, p.Elem().FieldByName("str").String())
		}
	}
	add(index.FieldByName("multis"))
	for _, list := range index.FieldByName("segments").Seq2() {
		add(list)
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}
