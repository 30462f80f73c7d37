package rest

import (
	"fmt"
	"maps"
	"strconv"

	"usher/internal/site"
)

// fileLinks makes the addresses of a site's files.
type fileLinks struct {
	public publicURL
	site   string
}

func (s *Server) fileLinks(name string) fileLinks { return fileLinks{s.public, name} }

// of answers where a file of an engagement is read.
func (l fileLinks) of(e site.EngagementID, f *site.File) string {
	return l.public.base() + "/usher/consumer/" + l.site + "/v1/files/" + text(e) + "/" + f.ID
}

// say answers a post's words and pairs. A file is told as a line with its address,
// so that programs which know no files show something to open; those that know
// usher's find the parts among the pairs.
func (l fileLinks) say(e site.EngagementID, p *site.Post) (string, map[string]string) {
	f := p.File
	if f == nil {
		return p.Text(), p.Data
	}
	data := maps.Clone(p.Data)
	if data == nil {
		data = map[string]string{}
	}
	data["usherFileName"], data["usherFileType"] = f.Name, f.Type
	data["usherFileSize"], data["usherFileUrl"] = strconv.FormatInt(f.Size, 10), l.of(e, f)
	return fmt.Sprintf("%s (%s): %s", f.Name, inBytes(f.Size), l.of(e, f)), data
}

// inBytes writes a size for people.
func inBytes(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d kB", (n+512)>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
