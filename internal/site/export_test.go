package site

// AllParts encodes every entity of the site as a checkpoint would, in order:
// two sites whose AllParts are equal are equal in every durable field.
func (s *Site) AllParts() []Part {
	keys := []partKey{{kind: partSite}}
	for _, id := range sortedKeys(s.queues) {
		keys = append(keys, partKey{kind: partQueue, id: int64(id)})
	}
	for _, id := range sortedKeys(s.accounts) {
		keys = append(keys, partKey{kind: partAccount, id: int64(id)})
	}
	for _, id := range sortedKeys(s.agents) {
		keys = append(keys, partKey{kind: partSession, id: int64(id)})
	}
	for _, id := range sortedKeys(s.visitors) {
		keys = append(keys, partKey{kind: partSession, id: int64(id)})
	}
	for _, id := range sortedKeys(s.live) {
		keys = append(keys, partKey{kind: partEngagement, id: int64(id)})
		for _, c := range s.live[id].transcript {
			keys = append(keys, partKey{kind: partPosts, id: int64(id), sub: c.Index})
		}
	}
	for _, id := range sortedKeys(s.profiles) {
		keys = append(keys, partKey{kind: partProfile, id: int64(id)})
	}
	for _, id := range sortedKeys(s.groups) {
		keys = append(keys, partKey{kind: partGroup, id: int64(id)})
	}
	for _, id := range sortedKeys(s.interfaces) {
		keys = append(keys, partKey{kind: partInterface, id: int64(id)})
	}
	for _, id := range sortedKeys(s.hours) {
		keys = append(keys, partKey{kind: partHours, id: int64(id)})
	}
	for _, c := range s.audit {
		keys = append(keys, partKey{kind: partChange, id: c.Number})
	}
	for _, k := range sortedKeys(s.spent) {
		keys = append(keys, partKey{kind: partToken, key: k})
	}
	for _, l := range s.letters {
		keys = append(keys, partKey{kind: partLetter, id: l.Number})
	}
	for _, id := range sortedKeys(s.replies) {
		keys = append(keys, partKey{kind: partReply, id: int64(id)})
	}
	for _, id := range sortedKeys(s.own) {
		keys = append(keys, partKey{kind: partOwnReplies, id: int64(id)})
	}
	for _, n := range sortedKeys(s.left) {
		keys = append(keys, partKey{kind: partLeftMessage, id: n})
	}
	parts := make([]Part, len(keys))
	for i, k := range keys {
		parts[i] = s.part(k)
	}
	return parts
}
