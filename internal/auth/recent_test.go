package auth

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRecentKeepsTheYoungest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(t, "most")
		r := newRecent[int, int](most)
		var order []int // the oldest first
		values := make(map[int]int)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				k, v := rapid.IntRange(0, 9).Draw(t, "key"), rapid.Int().Draw(t, "value")
				r.put(k, v)
				order = slices.DeleteFunc(order, func(o int) bool { return o == k })
				order, values[k] = append(order, k), v
				if len(order) > most {
					order = order[1:]
				}
			},
			"": func(t *rapid.T) {
				if len(r.entries) != len(order) || r.order.Len() != len(order) {
					t.Fatalf("%d entries in a list of %d, want %d", len(r.entries), r.order.Len(), len(order))
				}
				for k := range 10 {
					v, ok := r.get(k)
					if ok != slices.Contains(order, k) || ok && v != values[k] {
						t.Fatalf("get(%d) is %d, %t; kept are %v of %v", k, v, ok, order, values)
					}
				}
			},
		})
	})
}
