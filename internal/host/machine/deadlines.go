package machine

import "container/heap"

// deadlines orders the open retrievals by when they end.
type deadlines struct{ polls []*Poll }

func (d *deadlines) Len() int           { return len(d.polls) }
func (d *deadlines) Less(i, j int) bool { return d.polls[i].deadline < d.polls[j].deadline }
func (d *deadlines) Swap(i, j int) {
	d.polls[i], d.polls[j] = d.polls[j], d.polls[i]
	d.polls[i].index, d.polls[j].index = i+1, j+1
}
func (d *deadlines) Push(x any) {
	p := x.(*Poll)
	d.polls = append(d.polls, p)
	p.index = len(d.polls)
}
func (d *deadlines) Pop() any {
	n := len(d.polls) - 1
	p := d.polls[n]
	d.polls[n] = nil
	d.polls = d.polls[:n]
	p.index = 0
	return p
}

func (d *deadlines) add(p *Poll) {
	if p.index == 0 {
		heap.Push(d, p)
	}
}

func (d *deadlines) remove(p *Poll) {
	if p.index > 0 {
		heap.Remove(d, p.index-1)
	}
}

func (d *deadlines) first() *Poll {
	if len(d.polls) == 0 {
		return nil
	}
	return d.polls[0]
}
