package richtext

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// link is how a link to a web address comes out.
func link(href, text string) string {
	return `<a href="` + href + `" rel="nofollow noreferrer noopener" target="_blank">` + text + `</a>`
}

func mail(href, text string) string {
	return `<a href="` + href + `" rel="nofollow noreferrer noopener">` + text + `</a>`
}

func TestStays(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "\n", "plain words", "tabs\tand\nlines", "Grüße, 你好, 🎈", "a &lt; b &amp;&amp; b &gt; c",
		"&#34;quoted&#34;, it&#39;s", "&amp;lt;script&amp;gt;", "&lt;script&gt;alert(1)&lt;/script&gt;",
		"<b>b</b><i>i</i><em>em</em><strong>strong</strong><u>u</u><s>s</s>",
		"one<br>two<br><br>three", "<p>one</p><p>two</p>", "<p></p>",
		"<ul><li>one</li><li>two</li></ul>", "<ol><li>one<ul><li>a</li><li>b</li></ul></li><li>two</li></ol>",
		"<blockquote><p>they said</p><blockquote>before</blockquote></blockquote>",
		"<pre>  two\n  lines</pre>", "<p><code>x := 1</code></p>", "<pre><code>if a &lt; b {\n}</code></pre>",
		"<b><i><u>deep</u></i></b>", "<li>an item alone</li>",
		link("https://example.com", "the page"), link("http://example.com/a/b?c=d&amp;e=f#g", "<b>bold</b>"),
		link("https://example.com:8443/%C3%BC?q=%22", "port"), link("https://[2001:db8::1]/", "v6"),
		"<p>see " + link("https://a.example/", "a") + " and " + link("https://b.example/", "b") + "</p>",
		mail("mailto:somebody@example.com", "write"), mail("mailto:a@example.com?subject=hello%20there", "write"),
		"<b>" + mail("mailto:a@example.com", "x") + "</b>",
		strings.Repeat("<b>", maxDepth) + "x" + strings.Repeat("</b>", maxDepth),
	} {
		if got := Clean(text); got != text {
			t.Errorf("Clean(%q)\n = %q", text, got)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"script goes with its text", "a<script>alert(1)</script>b", "ab"},
		{"style goes with its text", "a<style>p{}</style>b", "ab"},
		{"the text of others stays", `<div class="x"><h1>Title</h1><span>word</span></div>`, "Titleword"},
		{"attributes go", `<p class="x" id="y" style="color:red" onclick="f()" title="t" data-x="1">p</p>`, "<p>p</p>"},
		{"a comment goes", "a<!-- b -->c", "ac"},
		{"an image goes", `a<img src="https://example.com/x.png" onerror="f()">b`, "ab"},
		{"upper case", "<B>x</B><BR>", "<b>x</b><br>"},
		{"a line break closed", "a<br/>b<br />c</br>d", "a<br>b<br>cd"},
		{"an ampersand", "a & b &copy; &nbsp;", "a &amp; b © \u00a0"},
		{"quotation marks", `"it's"`, "&#34;it&#39;s&#34;"},
		{"a bare angle", "1 < 2", "1 &lt; 2"},
		{"never closed", "<p><b>x", "<p><b>x</b></p>"},
		{"never opened", "</p></b>x</blockquote></div>", "x"},
		{"closed crosswise", "<b><i>x</b>y</i>", "<b><i>x</i></b>y"},
		{"paragraphs without ends", "<p>one<p>two", "<p>one</p><p>two</p>"},
		{"a list in a paragraph", "<p>one<ul><li>two</ul>three</p>", "<p>one</p><ul><li>two</li></ul>three"},
		{"items without ends", "<ul><li>one<li>two<ol><li>a<li>b</ol><li>three</ul>",
			"<ul><li>one</li><li>two<ol><li>a</li><li>b</li></ol></li><li>three</li></ul>"},
		{"items without a list", "<p>x<li>one<li>two", "<p>x</p><li>one</li><li>two</li>"},
		{"self-closing is a start", "<b/>x", "<b>x</b>"},
		{"too deep", strings.Repeat("<i>", maxDepth+10) + "x", strings.Repeat("<i>", maxDepth) + "x" + strings.Repeat("</i>", maxDepth)},
		{"a link in a link", `<a href="https://a.example">one<a href="https://b.example">two</a></a>`,
			link("https://a.example", "one") + link("https://b.example", "two")},
		{"a link's own attributes", `<a href="https://a.example" rel="opener" target="_top" class="c" name="n" ping="https://p.example">x</a>`, link("https://a.example", "x")},
		{"two addresses", `<a href="https://a.example" href="https://b.example">x</a>`, link("https://a.example", "x")},
		{"a scheme in capitals", `<a href="HTTPS://A.example">x</a>`, link("https://A.example", "x")},
		{"spaces around an address", `<a href=" https://a.example ">x</a>`, link("https://a.example", "x")},
		{"a link to nowhere", `<a>x</a><a href="">y</a><a name="z">z</a>`, "xyz"},
		{"relative links", `<a href="/x">a</a><a href="x">b</a><a href="?x">c</a><a href="#x">d</a><a href="//e.example">e</a><a href="\\f.example">f</a>`, "abcdef"},
		{"http without a host", `<a href="http:x">a</a><a href="http:/x">b</a><a href="http:///x">c</a><a href="http://:80/">d</a><a href="https:\\e.example">e</a>`, "abcde"},
		{"mail to nobody", `<a href="mailto:">a</a><a href="mailto:/b">b</a><a href="mailto://c.example/">c</a>`, "abc"},
		{"other schemes", `<a href="ftp://a.example">a</a><a href="tel:1">b</a><a href="file:///c">c</a><a href="sms:1">d</a>`, "abcd"},
		{"an address that is no URL", `<a href="https://%zz/">a</a><a href="https://a.example/%">b</a><a href="https://a b/">c</a>`, "abc"},
		{"an address that is read otherwise the second time", "<a href=\"https://a.example/?x\u00a0#\">a</a>", "a"},
		{"NUL", "a\x00b<scr\x00ipt>alert(1)</script>c", "abc"},
		{"broken UTF-8", "a\xff\xfeb\xc3", "ab"},
		{"a carriage return", "a\r\nb\rc&#13;d", "a\nb\nc&#13;d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Clean(c.in); got != c.want {
				t.Errorf("Clean(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

// held fails the test unless what came out of Clean keeps every promise.
func held(t interface {
	Helper()
	Errorf(string, ...any)
}, in string) {
	t.Helper()
	out := Clean(in)
	if fault := judge(out); fault != "" {
		t.Errorf("Clean(%.500q)\n = %.500q\nlets through %s", in, out, fault)
	}
	if again := Clean(out); again != out {
		t.Errorf("Clean(%.500q)\n = %.500q\nand cleaned again %.500q", in, out, again)
	}
	if !utf8.ValidString(out) || strings.Contains(out, "\x00") {
		t.Errorf("Clean(%.500q)\n = %.500q, which is no text", in, out)
	}
	if len(out) > 5*len(in) {
		t.Errorf("Clean(%.500q)\n = %.500q: %d bytes of %d", in, out, len(out), len(in))
	}
}

// pieces are what hostile texts are made of.
var pieces = []string{
	"<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<!", "<?", "&", ";", "&#", "&#x3c", "&lt;", "&amp;", "&#34", "\"", "'", "`", "=", "/", "\\", " ", "\t", "\n", "\r", "\f",
	"\x00", "\xff", "\u00a0", "\u2028", "＜", "é", "🎈", "a", "b", "1", "%", "%2", "%20", "%C3", "?", "#", ":", "@", "[", "]",
	"<b>", "</b>", "<i>", "</i>", "<p>", "</p>", "<p ", "<ul>", "</ul>", "<ol>", "</ol>", "<li>", "</li>", "<br>", "<pre>", "</pre>", "<pre>\n", "<blockquote>", "</blockquote>", "<code>", "</code>",
	"<a>", "</a>", "<a ", "<a href=", "<a href=\"", "<a href='https://a.example/", "<a href=http://a>", "<a href=\"mailto:", "http:", "https://", "javascript:", "data:", "href=", "onclick=",
	"<script>", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<math>", "<mtext>", "<table>", "<td>", "<noscript>", "</noscript>", "<template>", "<title>", "</title>", "<textarea>",
	"</textarea>", "<iframe>", "</iframe>", "<object>", "</object>", "<frame>", "<xmp>", "</xmp>", "<plaintext>", "<select>", "<form>", "<img src=x onerror=alert(1)>",
}

// TestPromises: whatever comes in, what comes out keeps the promises of Clean.
func TestPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		held(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), ""))
	})
}

// TestAnyText: so it is with texts that have no markup in them.
func TestAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { held(t, rapid.String().Draw(t, "text")) })
}

// TestAnyAddress: so it is with links to anything.
func TestAnyAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.SampledFrom([]string{"", "http:", "http://", "https://", "mailto:", "https://a.example/", "https://a.example/?", "https://a.example/#", "https://a@b:1", "x:"}).Draw(t, "start") +
			strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "rest"), "")
		held(t, `<a href="`+strings.ReplaceAll(address, `"`, "&quot;")+`">x</a>`)
	})
}

func FuzzClean(f *testing.F) {
	for _, e := range corpus(f) {
		f.Add(e.HTML)
	}
	for _, p := range pieces {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, in string) { held(t, in) })
}

// TestGrowth: what grows most grows no more than is promised.
func TestGrowth(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{
		`"`, "'", "&", "<", "\r", "<b>", "<i>", "<p>", "<pre>", "<li>", "<ul>", "<br>", "<a href=http://a>", "<a href=mailto:a>", "<a/href=http:a>", "&#34", "&nGt;", "&acE;", "\xffa", "</b>",
	} {
		in := strings.Repeat(unit, 200)
		held(t, in)
		for _, prefix := range []string{"https://a.example/", "https://a.example/?", "https://a.example/#", "https://", "mailto:"} {
			held(t, `<a href="`+prefix+strings.ReplaceAll(in, `"`, "&quot;")+`">x</a>`)
			held(t, `<a href='`+prefix+strings.ReplaceAll(in, `'`, "&apos;")+`'>x</a>`)
		}
	}
}

// TestHostileSize: a text of 256 KiB costs what its length costs. Were any of
// these quadratic, the test would take minutes.
func TestHostileSize(t *testing.T) {
	t.Parallel()
	const size = 256 << 10
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	half := func(open, closing string) string {
		n := size / (len(open) + len(closing))
		return strings.Repeat(open, n) + strings.Repeat(closing, n)
	}
	for _, in := range []string{
		fill("<b>"), fill("</b>"), fill("<p>"), fill("<b><p>"), fill("<i></b>"), fill("<ul><li>"), fill("<li>"), fill("<blockquote>"), fill("<a href=https://a>"), fill("<a>"), fill("</a>"),
		fill("<a><a href=https://a></a>"), fill("<div>"), fill("</div>"), fill("<object>"), fill("<iframe>"), fill("<title>"), fill("<noscript>"), fill("<svg><style>"), fill("<math><mtext><table>"),
		fill("<table>"), fill("<select>"), fill("<template>"), fill("<script>"), fill("<style>"), fill("<script><!--"), fill("<textarea>"), fill("<plaintext>"), fill("<xmp></"),
		fill("<"), fill("</"), fill("<!"), fill("<!--"), fill("<!-->"), fill("--"), fill("<![CDATA["), fill("<?"), fill("&"), fill("&#"), fill("&#x3c"), fill("&not"), fill("\""), fill("\x00<"), fill("\xff"),
		half("<b>", "</b>"), half("<object>", "</object>"), half("<a>", "</a>"), half("<ul><li>", "</li></ul>"), half("<i><b>", "</i></b>"), half("<a href=https://a>", "</a>"),
		"<a " + fill("x=y "), "<a " + fill("href=https://a ") + ">", "<a href=\"" + fill("a"), "<a href=\"https://" + fill("a") + "\">", "<a href=\"https://a/" + fill("../") + "\">",
		"<a href=\"https://a/?" + fill("&") + "\">", "<a href=\"https://a/?" + fill("a=b;") + "\">", "<a href=\"mailto:" + fill("'") + "\">", "<a href=\"" + fill(" ") + "\">", "<a " + fill("a<"), "<" + fill("b"),
	} {
		if out := Clean(in); len(out) > 5*len(in) {
			t.Errorf("%.40q…: %d bytes of %d", in, len(out), len(in))
		}
	}
}

// TestTogether: many at once get what each gets alone.
func TestTogether(t *testing.T) {
	t.Parallel()
	entries := corpus(t)
	alone := make([]string, len(entries))
	for i, e := range entries {
		alone[i] = Clean(e.HTML)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i, e := range entries {
				if got := Clean(e.HTML); got != alone[i] {
					t.Errorf("%s: %q together, %q alone", e.Name, got, alone[i])
				}
			}
		})
	}
	all.Wait()
}
