package richtext

import (
	"strings"

	"golang.org/x/net/html"
)

// Plain answers the words of a rich text without its marks, for where only text can
// stand. Paragraphs, list entries and line breaks begin new lines.
func Plain(rich string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(rich))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end: a reader of a string has no other
			return strings.TrimSpace(b.String())
		case html.TextToken:
			b.WriteString(z.Token().Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "br", "p", "li", "ul", "ol", "blockquote", "pre":
				if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
					b.WriteByte('\n')
				}
			}
		}
	}
}
