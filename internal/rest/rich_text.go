package rest

import (
	"usher/internal/richtext"
	"usher/internal/site"
)

// words reads a post's text. Of a rich one only what may reach a browser goes in:
// whoever shows it may trust it (consumer-api 2.5).
func (c *call) words() (body string, rich bool) {
	body, rich = c.text("body", true), c.boolean("richText", false)
	if !rich || body == "" || len(body) > maxRich {
		return body, rich
	}
	clean := richtext.Clean(body)
	if clean == "" {
		c.fail(site.BadRequest, "body: nothing of this rich text may be shown: use text, b, i, lists and links")
	}
	return clean, rich
}

// maxRich is more than any rich text that the site takes: what is longer is refused
// as it stands.
const maxRich = 8 * site.MaxPostBytes
