import { render } from "preact";
import { equal, ok, test } from "../../testing";
import { agentDesk } from "../../words/english";
import { words } from "../../words/words";
import { type ConsolePage, PageProvider } from "../page";
import { linkTo, richNodes } from "./rich";

/** Of the page a link needs no more than its words. */
const page = { words: words(agentDesk) } as ConsolePage;

/** What is on the page of a rich text, as markup. */
function shown(html: string): string {
  const place = document.createElement("div");
  render(<PageProvider value={page}>{richNodes(html)}</PageProvider>, place);
  return place.innerHTML;
}

test("the elements of a rich text are shown, and nothing of their attributes", () => {
  for (const [html, want] of [
    ["<b>a</b> <i>b</i> <em>c</em> <strong>d</strong> <u>e</u> <s>f</s>", "<b>a</b> <i>b</i> <em>c</em> <strong>d</strong> <u>e</u> <s>f</s>"],
    ["one<br>two", "one<br>two"],
    ["<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>b</li></ul>"],
    ["<ol><li>a</li></ol><blockquote>b</blockquote><pre><code>c</code></pre>", "<ol><li>a</li></ol><blockquote>b</blockquote><pre><code>c</code></pre>"],
    ['<p class="x" style="color:red" onclick="alert(1)">a</p>', "<p>a</p>"],
    ["a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"],
  ] as const) {
    equal(shown(html), want, html);
  }
});

test("what else is there leaves its text, and what runs leaves nothing", () => {
  for (const [html, want] of [
    ["<img src=x onerror=alert(1)>a", "a"],
    ["<script>alert(1)</script>a", "a"],
    ["<style>*{display:none}</style>a", "a"],
    ["<iframe src=/console/></iframe>a", "a"],
    ["<svg><a xlink:href='javascript:alert(1)'>a</a></svg>", "a"],
    ["<table><tr><td>a</td></tr></table>", "a"],
    ["<form action=/x><input name=a><button>go</button></form>", "go"],
    ["<textarea>a", ""],
    ["<!-- a -->b", "b"],
  ] as const) {
    equal(shown(html), want, html);
  }
});

test("links lead to pages and mail addresses, and to nothing else", () => {
  const place = document.createElement("div");
  render(<PageProvider value={page}>{richNodes('<a href="https://example.org/a?b=c" target="_self" rel="opener">there</a>')}</PageProvider>, place);
  const link = place.querySelector("a");
  ok(link);
  equal([link.getAttribute("href"), link.rel, link.target], ["https://example.org/a?b=c", "nofollow noreferrer noopener", "_blank"]);
  for (const html of ['<a href="javascript:alert(1)">a</a>', '<a href="JaVaScRiPt&#58;alert(1)">a</a>', '<a href="data:text/html,x">a</a>', '<a href="/console/">a</a>', "<a>a</a>"]) {
    equal(shown(html), "a", html);
  }
  for (const [address, want] of [
    ["https://example.org", "https://example.org/"],
    ["mailto:help@example.org", "mailto:help@example.org"],
    [" javascript:alert(1)", null],
    ["vbscript:x", null],
    ["//example.org", null],
  ] as const) {
    equal(linkTo(address), want, address);
  }
});
