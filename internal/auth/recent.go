package auth

import "container/list"

// recent is a map that keeps the entries put last, at most max of them.
type recent[K comparable, V any] struct {
	max     int
	order   *list.List // of entry[K, V], the one put last in front
	entries map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](most int) *recent[K, V] {
	return &recent[K, V]{max: most, order: list.New(), entries: make(map[K]*list.Element)}
}

// get answers the value under k. It does not make the entry any younger.
func (r *recent[K, V]) get(k K) (v V, ok bool) {
	e, ok := r.entries[k]
	if !ok {
		return v, false
	}
	return e.Value.(entry[K, V]).value, true
}

// put sets the value under k, makes it the youngest and drops the oldest entry
// when there are too many.
func (r *recent[K, V]) put(k K, v V) {
	if e, ok := r.entries[k]; ok {
		e.Value = entry[K, V]{k, v}
		r.order.MoveToFront(e)
		return
	}
	r.entries[k] = r.order.PushFront(entry[K, V]{k, v})
	if len(r.entries) > r.max {
		oldest := r.order.Back()
		delete(r.entries, r.order.Remove(oldest).(entry[K, V]).key)
	}
}
