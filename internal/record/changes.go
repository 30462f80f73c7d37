package record

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"usher/internal/site"
)

// changes lists what is another one in a contact than before, by name.
func changes(before, after site.Contact) []Change {
	b, a := known(before), known(after)
	names := slices.AppendSeq(slices.Collect(maps.Keys(b)), maps.Keys(a))
	slices.Sort(names)
	var all []Change
	for _, name := range slices.Compact(names) {
		if b[name] != a[name] {
			all = append(all, Change{Name: name, Before: b[name], After: a[name]})
		}
	}
	return all
}

// known answers what is known of a visitor, by the names of the contact's members.
func known(c site.Contact) map[string]string {
	m := map[string]string{}
	for f, v := range reflect.ValueOf(c).Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); v.Kind() != reflect.Slice && !v.IsZero() {
			m[name] = fmt.Sprint(v.Interface())
		}
	}
	for _, f := range c.CustomFields {
		m["customFields."+f.Name] = f.Value
	}
	return m
}
