// Package richtext decides what of a rich text (HTML) may reach a browser.
package richtext

import (
	"net/url"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// elements are those that a text may have, beside links.
var elements = []string{"b", "i", "em", "strong", "u", "s", "br", "p", "ul", "ol", "li", "blockquote", "code", "pre"}

var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(elements...)
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemeWithCustomPolicy("http", webLink)
	p.AllowURLSchemeWithCustomPolicy("https", webLink)
	p.AllowURLSchemeWithCustomPolicy("mailto", mailLink)
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// Clean answers what of an HTML fragment may reach a browser: b, i, em, strong,
// u, s, br, p, ul, ol, li, blockquote, code, pre, and a with an href of http,
// https or mailto. A link always has rel="nofollow noreferrer noopener", and one
// to another host opens a page of its own. Other elements and attributes are
// dropped; the text in them stays, unless it is none (script, style and their
// like). A link to anywhere else leaves its text.
//
// What comes out is valid UTF-8 without NUL, and well nested: every element is
// closed, none lies where a browser would move it, and none deeper than
// 64. Cleaning it again changes nothing. It has at most five times as many bytes
// as the input, which is what escaping a text of quotation marks needs; nothing
// else, neither a link's attributes nor the end tags that were left out, takes
// more. Time and memory grow with the length of the input and with nothing else.
//
// A plain text is not for Clean: "1 < 2" is no HTML.
func Clean(html string) string {
	// Bytes that no text has go before anything is decided, so that nothing
	// that was split by them comes together afterwards.
	html = strings.ToValidUTF8(strings.ReplaceAll(html, "\x00", ""), "")
	return balance(policy.Sanitize(html))
}

// webLink allows http://host. Without slashes, http:page is relative to the page
// that it stands in.
func webLink(u *url.URL) bool {
	again, ok := reread(u)
	return ok && again.Opaque == "" && again.Hostname() != ""
}

// mailLink allows mailto:somebody.
func mailLink(u *url.URL) bool {
	again, ok := reread(u)
	return ok && again.Opaque != "" && again.Host == ""
}

// reread answers the URL that will be read from u as it is written, if it is
// written the same again. One that is not could be another one for a browser.
func reread(u *url.URL) (*url.URL, bool) {
	written := u.String()
	again, err := url.Parse(written)
	if err != nil || again.String() != written || strings.TrimSpace(written) != written {
		return nil, false
	}
	return again, true
}
