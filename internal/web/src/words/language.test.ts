import { equal, test } from "../testing";
import { choose, direction } from "./language";

const files = ["ar", "de", "es", "fr", "ja"];
const english = { language: "en", locale: "en" };

const cases: { name: string; set: string; page: string; browser: string[]; want: { language: string; locale: string } }[] = [
  { name: "what is set", set: "fr", page: "de", browser: ["es"], want: { language: "fr", locale: "fr" } },
  { name: "the page's own", set: "auto", page: "de", browser: ["es"], want: { language: "de", locale: "de" } },
  { name: "the browser's first", set: "auto", page: "", browser: ["pt-BR", "ja", "es"], want: { language: "ja", locale: "ja" } },
  { name: "English before a worse wish", set: "auto", page: "", browser: ["en-GB", "de"], want: { language: "en", locale: "en-GB" } },
  { name: "English when nothing is known", set: "auto", page: "tlh", browser: ["pt"], want: english },
  { name: "English when nothing is said", set: "auto", page: "", browser: [], want: english },
  { name: "an unknown one that is set is passed over", set: "pt", page: "de", browser: [], want: { language: "de", locale: "de" } },
  { name: "the user's region for times", set: "auto", page: "de", browser: ["en-US", "de-CH"], want: { language: "de", locale: "de-CH" } },
  { name: "the page's region otherwise", set: "auto", page: "ar-MA", browser: ["en-US"], want: { language: "ar", locale: "ar-MA" } },
  { name: "cases and underlines do not matter", set: "auto", page: "DE_at", browser: [], want: { language: "de", locale: "de-AT" } },
  { name: "what is no tag is passed over", set: "auto", page: "de utsch!", browser: ["*", "fr"], want: { language: "fr", locale: "fr" } },
];

for (const c of cases) {
  test(`choose: ${c.name}`, () => equal(choose(files, c.set, c.page, c.browser), c.want));
}

test("choose: the closest file is taken", () => {
  const offered = ["zh", "zh-Hant"];
  equal(choose(offered, "auto", "zh-Hant-TW", []).language, "zh-Hant");
  equal(choose(offered, "auto", "zh-CN", []).language, "zh");
});

test("direction", () => {
  equal(["ar", "ar-EG", "he", "en", "ja"].map(direction), ["rtl", "rtl", "rtl", "ltr", "ltr"]);
});
