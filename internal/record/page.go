package record

// Page takes the entries of a record in their order, and keeps those that were asked
// for, within MaxEntries and MaxBytes.
type Page struct {
	// Talk leaves out all but posts, who came and went, the end and the rating.
	Talk bool
	// After is the number of the last entry that is known already.
	After int64
	// Most is how many entries to keep; 0 means MaxEntries, which is also the most.
	Most int

	Entries []Entry
	// More: there are entries after the last one kept.
	More bool

	size int
}

// Add takes the next entry. It answers false when the page is full and has no use for
// another one.
func (p *Page) Add(e Entry) bool {
	most := p.Most
	if most <= 0 || most > MaxEntries {
		most = MaxEntries
	}
	switch {
	case p.More:
		return false
	case e.Number <= p.After, p.Talk && !e.Kind.Talk():
		return true
	case len(p.Entries) == most, len(p.Entries) > 0 && p.size+e.size() > MaxBytes:
		p.More = true
		return false
	}
	p.size += e.size()
	p.Entries = append(p.Entries, e)
	return true
}
