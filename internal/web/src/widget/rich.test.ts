import { equal, test } from "../testing";
import { showRich } from "./rich";

const cases: { name: string; html: string; want: string }[] = [
  { name: "what the server lets through", html: "<p>a <b>b</b></p><ul><li>c</li></ul>", want: "<p>a <b>b</b></p><ul><li>c</li></ul>" },
  { name: "an image", html: 'a<img src=x onerror="alert(1)">b', want: "ab" },
  { name: "a link that runs", html: '<a href="javascript:alert(1)">x</a>', want: "<a>x</a>" },
  { name: "attributes", html: '<b onclick="alert(1)" style="color:red">x</b>', want: "<b>x</b>" },
  { name: "a frame in another element", html: "<div><iframe srcdoc='<script>1</script>'></iframe><i>y</i></div>", want: "<i>y</i>" },
  { name: "a link", html: '<a href="https://example.org/">x</a>', want: '<a href="https://example.org/" target="_blank" rel="noopener noreferrer nofollow">x</a>' },
];

for (const c of cases) {
  test(c.name, () => {
    const into = document.createElement("div");
    showRich(into, c.html);
    equal(into.innerHTML, c.want);
  });
}
