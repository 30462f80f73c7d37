package richtext

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxDepth is how deep elements may lie in each other. No text that a person
// writes comes near it; browsers give up at 512.
const maxDepth = 64

// rel is said of every link: no search engine and no page behind it learns where
// it stood, or gets hold of the window.
const rel = "nofollow noreferrer noopener"

// balance writes what the policy left of a text so that a browser builds exactly
// the tree that is written. The policy looks at one tag at a time: it leaves end
// tags without a start, starts without an end, and links in links, which would
// reach out of the text into the page around it.
func balance(allowed string) string {
	var out nesting
	out.text.Grow(len(allowed))
	for z := html.NewTokenizer(strings.NewReader(allowed)); z.Next() != html.ErrorToken; {
		switch t := z.Token(); t.Type {
		case html.TextToken:
			out.text.WriteString(t.String())
		case html.StartTagToken, html.SelfClosingTagToken: // HTML knows no <b/>: it is a <b>
			out.start(t)
		case html.EndTagToken:
			out.end(t.Data)
		}
	}
	out.closeFrom(0)
	return out.text.String()
}

// nesting is a text with the elements that are open at its end.
type nesting struct {
	text strings.Builder
	open []string
}

func (n *nesting) start(t html.Token) {
	switch t.Data {
	case "br":
		n.text.WriteString("<br>")
		return
	case "a":
		n.end("a")
	case "li":
		n.endItem()
		n.end("p")
	case "p", "ul", "ol", "blockquote", "pre":
		n.end("p")
	}
	if len(n.open) == maxDepth {
		return
	}
	n.open = append(n.open, t.Data)
	n.text.WriteString(tag(t).String())
}

// tag answers a start tag with the attributes that it has in the end.
func tag(t html.Token) html.Token {
	clean := html.Token{Type: html.StartTagToken, DataAtom: t.DataAtom, Data: t.Data}
	if t.Data != "a" {
		return clean
	}
	attribute := func(key string) (html.Attribute, bool) {
		i := slices.IndexFunc(t.Attr, func(a html.Attribute) bool { return a.Key == key })
		if i < 0 {
			return html.Attribute{}, false
		}
		return t.Attr[i], true
	}
	if href, ok := attribute("href"); ok {
		clean.Attr = append(clean.Attr, href)
	}
	clean.Attr = append(clean.Attr, html.Attribute{Key: "rel", Val: rel})
	if target, ok := attribute("target"); ok {
		clean.Attr = append(clean.Attr, target)
	}
	return clean
}

// end closes the innermost element of that name, and what is in it.
func (n *nesting) end(name string) {
	for i := len(n.open) - 1; i >= 0; i-- {
		if n.open[i] == name {
			n.closeFrom(i)
			return
		}
	}
}

// endItem closes the item before a new one, but not the item that its list is in.
func (n *nesting) endItem() {
	for i := len(n.open) - 1; i >= 0 && n.open[i] != "ul" && n.open[i] != "ol"; i-- {
		if n.open[i] == "li" {
			n.closeFrom(i)
		}
	}
}

// closeFrom closes the elements from a depth on, the innermost first.
func (n *nesting) closeFrom(depth int) {
	for _, name := range slices.Backward(n.open[depth:]) {
		n.text.WriteString("</" + name + ">")
	}
	n.open = n.open[:depth]
}
